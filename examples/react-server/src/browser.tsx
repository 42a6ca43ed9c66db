import { createClient } from "@sluice/browser";
import { readHandover, withHandover } from "@sluice/browser/handover";
import { SluiceProvider } from "@sluice/react";
import { hydrateRoot } from "react-dom/client";
import { Page } from "./page.tsx";

const handover = readHandover(document);
const root = document.getElementById("root");

const flags = createClient(
  withHandover(
    {
      url: document.documentElement.dataset["sluice"] ?? "",
      environment: "production",
      refreshToken: async () => (await fetch("/flags-token")).text(),
    },
    handover,
  ),
);

if (root !== null)
  hydrateRoot(
    root,
    <SluiceProvider client={flags} handover={handover}>
      <Page />
    </SluiceProvider>,
  );
