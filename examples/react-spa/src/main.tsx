import { createClient } from "@sluice/browser";
import { withOneConnection } from "@sluice/browser/tabs";
import { SluiceProvider } from "@sluice/react";
import { createRoot } from "react-dom/client";
import { Diary } from "./diary.tsx";

/** The application's own server signs who is here; nobody is signed in where it answers nothing, or does not answer. */
const fetchToken = (): Promise<string | undefined> =>
  fetch("/flags-token").then(
    async (response) => (response.ok && (await response.text())) || undefined,
    () => undefined,
  );

const flags = createClient(
  withOneConnection({
    url: import.meta.env["VITE_SLUICE_URL"],
    environment: "production",
    token: await fetchToken(),
    refreshToken: fetchToken,
  }),
);

// Drawn once the first answers are there, a second at most: nothing flickers.
await flags.ready();
createRoot(document.getElementById("root") ?? document.body).render(
  <SluiceProvider client={flags}>
    <Diary fetchToken={fetchToken} />
  </SluiceProvider>,
);
