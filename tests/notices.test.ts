import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { kill, makeFolder, newCommand, startSluice, until } from "../faults/rig/running.ts";
import { MailHost } from "../packages/server/src/testing/mail-host.ts";
import { HostedRepository } from "./git-hosts.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Kills {
  readonly kills: readonly { readonly kill: string; readonly told?: { readonly teams: readonly string[] } }[];
}

test("a server that is given a mail host tells the team of a killed flag, and the page Kill says so", async () => {
  const folder = makeFolder("notices");
  ends.push(() => folder.remove());
  const host = await MailHost.start();
  ends.push(() => host.close());
  const flags = new HostedRepository(join(folder.path, "git"), "flags", {
    "sluice.yaml": "project: p\nenvironments: { production: {} }\nteams: { team-x: { mail: x@example.com } }\n",
    "flags/banner.yaml": "key: banner\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nenvironments:\n  production: { default: on }\n",
  });
  const mail = join(folder.path, "mail.json");
  writeFileSync(
    mail,
    JSON.stringify({ url: `smtp://sluice:right@127.0.0.1:${host.port}`, from: "Sluice <flags@example.com>", console: "https://flags.example.com/" }),
  );
  const running = await startSluice({
    data: join(folder.path, "data"),
    source: flags.bare,
    run: "sources",
    pollMs: 60_000,
    environment: { SLUICE_MAIL: mail },
  });
  ends.push(() => running.supervised.stop());
  await until("the flag is served", async () => ((await running.ask("GET", "/api/flags")).status === 200 ? true : undefined));
  await kill(running, ["banner"]);
  const [first] = await until("the mail", () => (host.mails.length > 0 ? host.mails : undefined));
  expect(first?.to).toEqual(["x@example.com"]);
  expect(first?.text).toMatch(/^banner is switched off in production, for everybody\.\r$/m);
  expect(first?.text).toMatch(/^By the operator of this machine, /m);
  const told = await until("the list of kills says so", async () => ((await running.ask("GET", "/api/kills")).body as Kills).kills[0]?.told);
  expect(told.teams).toEqual(["team-x"]);
  expect((await running.ask("GET", "/api/notices")).body).toMatchObject({ mail: { via: "e-mail", waiting: 0 } });
  // The operator of the machine has no address.
  expect(await running.ask("POST", "/api/notices/test", { command: newCommand() })).toMatchObject({ status: 400 });
});
