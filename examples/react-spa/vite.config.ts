import { defineConfig } from "vite";

export default defineConfig({
  // Nothing inline, so that the page's policy can forbid it; `await` at the top of a module needs es2022.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
