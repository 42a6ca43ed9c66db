import "@fontsource-variable/hanken-grotesk";
import "@fontsource-variable/spline-sans-mono";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/pages.css";
import "./styles/releases.css";
import "./styles/approvals.css";
import "./styles/audit.css";
import "./styles/changes.css";
import "./styles/calendar.css";
import "./styles/import.css";
import "./styles/lists.css";
import "./styles/palette.css";
import "./styles/phone.css";
import "./styles/settings.css";
import "./styles/shown.css";
import "./styles/release.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./console.tsx";

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = (): void => {
  document.documentElement.dataset["theme"] = dark.matches ? "dark" : "light";
};
follow();
dark.addEventListener("change", follow);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
