import { createClient } from "@sluice/browser";

const fetchToken = async (): Promise<string> => (await fetch(`/flags-token${location.search}`)).text();

const flags = createClient({
  url: document.body.dataset["sluice"] ?? "",
  environment: "production",
  token: await fetchToken(),
  refreshToken: fetchToken,
});

const show = (): void => {
  const line = document.querySelector("p");
  if (line !== null) line.textContent = flags.getBoolean("diary.photo-pins", false) ? "Photos are on the plan." : "Photos are in the list.";
};

await flags.ready();
show();
flags.onChange((keys) => {
  if (keys.includes("diary.photo-pins")) show();
});
