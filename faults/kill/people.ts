import type { Running } from "../rig/running.ts";

/** Headers of a person who signed in with e-mail and password, as the console's page sends them. */
export async function signIn(running: Running): Promise<Readonly<Record<string, string>>> {
  const once = running.supervised.once;
  if (once === undefined) throw new Error("there is an account already: the first-sign-in link is gone");
  const response = await fetch(`${running.url}/api/first-sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json", "sluice-request": "1" },
    body: JSON.stringify({ once, email: "mara@plumbline.example", name: "Mara Lindqvist", password: "correct horse battery" }),
  });
  const cookie = response.headers.get("set-cookie")?.split(";")[0];
  if (response.status !== 200 || cookie === undefined) throw new Error(`first sign-in was answered ${response.status} ${await response.text()}`);
  const headers = { cookie, "sluice-request": "1" };
  // The page asks this first; from here on the process that takes kills knows the session.
  const me = await running.ask("GET", "/api/me", undefined, headers);
  if (me.status !== 200) throw new Error(`/api/me was answered ${me.status}`);
  return headers;
}
