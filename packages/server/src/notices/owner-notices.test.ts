import type { Facts, Personal } from "@sluice/releases";
import { afterEach, expect, test } from "vitest";
import { MailHost } from "../testing/mail-host.ts";
import { closeOffices, flagFile, HOUR, MINUTE, Office, settle } from "../testing/office.ts";
import { mailConnector } from "./adapters/mail-connector.ts";
import { OwnerNotices } from "./owner-notices.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  await closeOffices();
});

const owned = (key: string, owner: string): string => flagFile(key).replace(/owner: .*/, `owner: ${owner}`);
const PROJECT =
  "project: p\nenvironments: { production: {} }\nteams:\n  team-x: { mail: x@example.com }\n  team-y: { mail: [y@example.com, z@example.com] }\n  team-quiet: {}\n";

class World {
  readonly office: Office;
  readonly host: MailHost;
  notices: OwnerNotices;
  readonly #url: string;

  private constructor(office: Office, host: MailHost, url: string) {
    this.office = office;
    this.host = host;
    this.#url = url;
    this.notices = this.#newNotices();
    const { onEvent } = office.plane;
    office.plane.onEvent = (event) => {
      onEvent(event);
      this.notices.onEvent(event);
    };
    ends.push(() => this.notices.stop());
  }

  static async open(signIn = ""): Promise<World> {
    const host = await MailHost.start();
    ends.push(() => host.close());
    const office = new Office();
    office.commit({
      "sluice.yaml": PROJECT,
      "flags/site.photos.yaml": owned("site.photos", "team-x"),
      "flags/pay.card.yaml": owned("pay.card", "team-y"),
      "flags/site.quiet.yaml": owned("site.quiet", "team-quiet"),
    });
    await office.start();
    await office.plane.adoption.lookNow();
    return new World(office, host, `smtp://${signIn}127.0.0.1:${host.port}`);
  }

  #newNotices(): OwnerNotices {
    const settings = { url: this.#url, from: "Sluice <flags@example.com>", console: "https://flags.example.com" };
    const { plane, store, time } = this.office;
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    return new OwnerNotices({
      world: { clock: time.clock, timers: time.timers, log },
      plane,
      store,
      connector: mailConnector(settings),
      console: settings.console,
    });
  }

  /** The process ends and another begins. */
  restart(): void {
    this.notices.stop();
    this.notices = this.#newNotices();
    this.notices.start();
  }

  async happened(facts: Facts, personal: Personal = { by: "admin" }): Promise<void> {
    const { office } = this;
    await office.store.append([{ command: `happened-${office.plane.decisions.seq}`, atMs: office.time.nowMs, facts, personal }], undefined);
    office.plane.hint();
    await office.plane.freshen();
    await settle();
    await this.notices.settled();
  }

  kill(kill: string, flags: readonly string[], more: Partial<Extract<Facts, { kind: "flagsKilled" }>> = {}, personal?: Personal): Promise<void> {
    return this.happened({ kind: "flagsKilled", kill, environment: "production", flags, ...more }, personal);
  }

  async later(minutes: number): Promise<void> {
    await this.office.time.turnTo(this.office.time.nowMs + minutes * MINUTE);
    await this.notices.settled();
  }

  told(kill: string): readonly string[] | undefined {
    return this.office.plane.decisions.environments["production"]?.kills.get(kill)?.told?.teams;
  }
}

test("each team hears of its own flag, by whom, why and where to lift it; the log says who was told, and a drill tells nobody", async () => {
  const world = await World.open();
  await world.kill(
    "k1",
    ["pay.card", "site.photos", "site.quiet"],
    {},
    { by: "admin", reason: "cards fail\r\nBcc: all@example.com", incident: "https://pager.example.com/7" },
  );
  expect(world.host.mails.map(({ from, to }) => [from, to])).toEqual([
    ["flags@example.com", ["x@example.com"]],
    ["flags@example.com", ["y@example.com", "z@example.com"]],
  ]);
  const [x = { text: "" }] = world.host.mails;
  expect(x.text).toMatch(/^Subject: 3 flags are switched off in production\r$/m);
  expect(x.text).toMatch(/^3 flags are switched off in production, for everybody\.\r$/m);
  expect(x.text).toMatch(/^- site\.photos\r$/m);
  expect(x.text).toMatch(/^- pay\.card \(of another team\)\r$/m);
  expect(x.text).toMatch(/^Why: cards fail Bcc: all@example\.com\r$/m);
  expect(x.text).toMatch(/^Incident: https:\/\/pager\.example\.com\/7\r$/m);
  expect(x.text).toContain("https://flags.example.com/#/kill");
  expect(x.text).toMatch(/^Auto-Submitted: auto-generated\r$/im);
  expect(world.told("k1")).toEqual(["team-x", "team-y"]);
  await world.kill("k2", ["site.quiet"]);
  await world.kill("k3", ["site.photos"], { drill: true });
  expect(world.host.mails).toHaveLength(2);
  expect([world.told("k2"), world.told("k3")]).toEqual([undefined, undefined]);
});

test("customers of a kill for some are counted, and none of them is named", async () => {
  const world = await World.open();
  await world.kill("k1", ["site.photos"], { scope: { customers: ["a".repeat(16), "b".repeat(16)] } }, { by: "admin", customers: ["canary-1", "canary-2"] });
  const [mail] = world.host.mails;
  expect(mail?.text).toMatch(/^site\.photos is switched off in production, for 2 customers\.\r$/m);
  expect(mail?.text).not.toMatch(/canary|aaaaaaaa/);
});

test("a host that is busy is tried again until it takes it, once for each team; one that refuses a team for good keeps no other from hearing", async () => {
  const world = await World.open();
  world.host.refuses = (to) => (to === "y@example.com" || to === "z@example.com" ? { code: 451, message: "try later" } : undefined);
  await world.kill("k1", ["pay.card", "site.photos"]);
  expect(world.host.mails.map(({ to }) => to)).toEqual([["x@example.com"]]);
  expect(world.notices.health.trouble).toContain("try later");
  expect(world.told("k1")).toBeUndefined();
  world.host.refuses = undefined;
  await world.later(1);
  expect(world.host.mails.map(({ to }) => to)).toEqual([["x@example.com"], ["y@example.com", "z@example.com"]]);
  expect(world.told("k1")).toEqual(["team-x", "team-y"]);
  const { lastToldAtMs, ...health } = world.notices.health;
  expect([health, lastToldAtMs]).toEqual([{ via: "e-mail", waiting: 0 }, expect.any(Number)]);
  world.host.refuses = (to) => (to === "x@example.com" ? { code: 550, message: "no such mailbox" } : undefined);
  await world.kill("k2", ["pay.card", "site.photos"]);
  expect(world.told("k2")).toEqual(["team-y"]);
  expect(world.notices.health.trouble).toMatch(/^team-x cannot be told: .*no such mailbox/);
  await world.later(60);
  expect(world.host.mails).toHaveLength(3);
});

test("a host that never answers is given up after eight tries, and says why", async () => {
  const world = await World.open("sluice:wrong@");
  await world.kill("k1", ["site.photos"]);
  for (let at = 0; at < 12; at += 1) await world.later(15);
  expect(world.host.mails).toEqual([]);
  expect(world.notices.health.trouble).toMatch(/Invalid|535/);
  expect(world.told("k1")).toBeUndefined();
}, 60_000);

test("a kill that was lifted before anybody could be told is told as such", async () => {
  const world = await World.open();
  world.host.refuses = () => ({ code: 451, message: "try later" });
  await world.kill("k1", ["site.photos"]);
  world.host.refuses = undefined;
  await world.happened({ kind: "killLifted", kill: "k1", environment: "production" });
  await world.later(30);
  expect(world.host.mails.map(({ to }) => to)).toEqual([["x@example.com"]]);
  expect(world.host.mails[0]?.text).toMatch(/^site\.photos was switched off in production, for everybody\.\r$/m);
  expect(world.host.mails[0]?.text).toMatch(/^Somebody has lifted it meanwhile\.\r$/m);
});

test("one team's full mailbox keeps no other team from hearing, however long it is full", async () => {
  const world = await World.open();
  world.host.refuses = (to) => (to === "x@example.com" ? { code: 452, message: "mailbox full" } : undefined);
  await world.kill("k1", ["pay.card", "site.photos"]);
  expect(world.host.mails.map(({ to }) => to)).toEqual([["y@example.com", "z@example.com"]]);
  for (let at = 0; at < 12; at += 1) await world.later(15);
  expect(world.host.mails).toHaveLength(1);
  expect(world.told("k1")).toEqual(["team-y"]);
  expect(world.notices.health.trouble).toContain("mailbox full");
}, 60_000);

test("of a storm a team hears twenty in an hour, and with the next one how many it did not", async () => {
  const world = await World.open();
  for (let at = 0; at < 30; at += 1) {
    await world.kill(`k${at}`, ["site.photos"]);
    await world.happened({ kind: "killLifted", kill: `k${at}`, environment: "production" });
  }
  expect(world.host.mails).toHaveLength(20);
  await world.office.time.turnTo(world.office.time.nowMs + HOUR);
  await world.kill("last", ["site.photos"]);
  expect(world.host.mails.at(-1)?.text).toMatch(/^10 other kills of your flags within the last hour came too quickly/m);
});

test("what nobody was told of when the process ended is told by the next, and nothing twice", async () => {
  const world = await World.open();
  await world.kill("k1", ["site.photos"]);
  world.notices.stop();
  await world.office.store.append(
    [
      {
        command: "away",
        atMs: world.office.time.nowMs,
        facts: { kind: "flagsKilled", kill: "k2", environment: "production", flags: ["pay.card"] },
        personal: { by: "admin" },
      },
    ],
    undefined,
  );
  world.office.plane.hint();
  await world.office.plane.freshen();
  world.restart();
  await world.notices.settled();
  expect(world.host.mails.map(({ to }) => to)).toEqual([["x@example.com"], ["y@example.com", "z@example.com"]]);
  await world.office.time.turnTo(world.office.time.nowMs + 2 * HOUR);
  world.restart();
  await world.notices.settled();
  expect(world.host.mails).toHaveLength(2);
});

test("a first message is sent to whoever sets it up, and what the host says against it is passed on", async () => {
  const world = await World.open();
  await world.notices.tryOut("ada@example.com");
  expect(world.host.mails.map(({ to }) => to)).toEqual([["ada@example.com"]]);
  world.host.refuses = () => ({ code: 550, message: "no such mailbox" });
  await expect(world.notices.tryOut("ada@example.com")).rejects.toThrow("no such mailbox");
});
