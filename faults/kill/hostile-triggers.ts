import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { flagKeys } from "../rig/flag-repository.ts";
import { lift, newCommand, type Running, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { withSluice } from "../rig/with-sluice.ts";

/** Ten minutes: twice what a signed time may be off. */
const EXPIRED_S = 600;
/** Rounds of one trigger: each may kill 60 times an hour, and a round kills once. */
const ROUNDS_PER_TRIGGER = 50;
const RARE = "rare";
const RARE_PER_HOUR = 3;
const RARE_FLAG = "area-9.flag-9";
/** More at once than a trigger takes in (100): the first of them must be among those that it takes. */
const STORM = 150;
/** Every so many rounds the process that takes alerts is ended and has forgotten what it saw. */
const ROUNDS_PER_CRASH = 25;

interface Reply {
  readonly status: number;
  readonly kill?: string;
}

/** An alert as its sender signs it; each field can be made wrong. */
interface Alert {
  readonly trigger: string;
  readonly secret: string;
  readonly id: string;
  readonly alert: string;
  readonly lateS?: number;
  /** Sent in place of what was signed. */
  readonly body?: string;
}

/** One request by Standard Webhooks, signed here by nothing of the server's. */
async function send(running: Running, { trigger, secret, id, alert, lateS = 0, body }: Alert): Promise<Reply> {
  const signed = JSON.stringify({ title: "Something harms", alert });
  const seconds = Math.floor(Date.now() / 1000) - lateS;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${signed}`).digest("base64");
  return post(running, trigger, { id, seconds, signature, body: body ?? signed });
}

async function post(
  { url }: Running,
  trigger: string,
  { id, seconds, signature, body }: { readonly id: string; readonly seconds: number; readonly signature: string; readonly body: string },
): Promise<Reply> {
  const headers = { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signature}` };
  const response = await fetch(`${url}/triggers/${trigger}`, { method: "POST", headers, body });
  const { did, kill } = (await response.json()) as { readonly did?: string; readonly kill?: string };
  return { status: response.status, ...(did === "killed" && kill !== undefined ? { kill } : {}) };
}

interface Drill {
  readonly running: Running;
  readonly secrets: ReadonlyMap<string, string>;
  readonly witness: Witness;
  readonly log: LogReader;
  readonly tally: Tally;
}

/** Kills of this flag that the log has. */
async function killsOf(log: LogReader, flag: string): Promise<number> {
  return (await log.catchUp()).filter(({ facts }) => facts.kind === "flagsKilled" && facts.flags.includes(flag)).length;
}

async function forgeries({ running, secrets, tally }: Drill, trigger: string): Promise<void> {
  const secret = secrets.get(trigger) ?? "";
  const right = { trigger, secret, id: newCommand(), alert: newCommand() };
  const others = secrets.get(trigger === RARE ? "on-call-0" : RARE) ?? "";
  const made: readonly (readonly [string, Promise<Reply>])[] = [
    ["another trigger's secret", send(running, { ...right, secret: others })],
    ["a guessed secret", send(running, { ...right, secret: `whsec_${Buffer.from(newCommand()).toString("base64")}` })],
    ["a body changed after it was signed", send(running, { ...right, body: JSON.stringify({ title: "Something else", alert: right.alert }) })],
    ["no signature", post(running, trigger, { id: right.id, seconds: Math.floor(Date.now() / 1000), signature: "", body: '{"title":"x"}' })],
    ["a time of ten minutes ago", send(running, { ...right, lateS: EXPIRED_S })],
    ["a time in ten minutes", send(running, { ...right, lateS: -EXPIRED_S })],
  ];
  for (const [what, sent] of made) {
    const { status } = await sent;
    tally.expect(status === 401 || status === 403 || status === 400, `an alert with ${what} was answered ${status}`);
  }
}

async function round(drill: Drill, trigger: string, { flag, isCrash }: { readonly flag: string; readonly isCrash: boolean }): Promise<void> {
  const { running, secrets, witness, log, tally } = drill;
  const before = await killsOf(log, flag);
  await forgeries(drill, trigger);
  tally.expect((await killsOf(log, flag)) === before && witness.reads(flag), `a forged or expired alert killed ${flag}`);
  const good: Alert = { trigger, secret: secrets.get(trigger) ?? "", id: newCommand(), alert: newCommand() };
  // The very request of before, byte for byte: its time is signed.
  const [seconds, body] = [Math.floor(Date.now() / 1000), JSON.stringify({ title: "Something harms", alert: good.alert })];
  const key = Buffer.from(good.secret.replace("whsec_", ""), "base64");
  const request = { id: good.id, seconds, signature: createHmac("sha256", key).update(`${good.id}.${seconds}.${body}`).digest("base64"), body };
  const askedMs = performance.now();
  const killed = await post(running, trigger, request);
  tally.waited(performance.now() - askedMs);
  if (killed.status !== 201 || killed.kill === undefined) return tally.lose(`a good alert was answered ${killed.status}`);
  await mustCome(witness.untilReads(flag, false, 2_000), (why) => tally.lose(`${killed.kill}: ${why}`));
  tally.expect((await post(running, trigger, request)).status === 409, "a replayed request was taken");
  tally.expect((await send(running, { ...good, id: newCommand() })).kill === undefined, "the same alert told again killed again");
  await lift(running, killed.kill);
  await mustCome(witness.untilReads(flag, true), (why) => tally.fault(`after the lift: ${why}`));
  if (isCrash) {
    const { fanout } = running.supervised.pids;
    if (fanout !== undefined) process.kill(fanout, "SIGKILL");
    await until("alerts are taken again", async () => (await isTaking(running)) || undefined);
    await until("the witness is connected again", () => (witness.client.state === "ready" ? true : undefined));
  }
  for (const repeated of [await post(running, trigger, request), await send(running, { ...good, id: newCommand() })])
    tally.expect(repeated.kill === undefined, `an alert that a person has decided about killed again (${repeated.status})`);
  const after = await killsOf(log, flag);
  tally.expect(after === before + 1, `${flag} was killed ${after - before} times in a round, not once`);
  tally.expect(witness.reads(flag), `${flag} is off although its one kill is lifted`);
  tally.rounds += 1;
}

async function isTaking(running: Running): Promise<boolean> {
  const reply = await running.ask("GET", "/api/triggers").catch(() => undefined);
  return reply?.status === 200 && (reply.body as { readonly triggers: readonly unknown[] }).triggers.length > 0;
}

/** A trigger over its rate is refused and kills nothing; under it, and in a storm, the first is taken. */
async function overRate({ running, secrets, witness, log, tally }: Drill): Promise<void> {
  const before = await killsOf(log, RARE_FLAG);
  const alert = (): Alert => ({ trigger: RARE, secret: secrets.get(RARE) ?? "", id: newCommand(), alert: newCommand() });
  const storm = await Promise.all(Array.from({ length: STORM }, () => send(running, alert())));
  const killed = storm.flatMap(({ kill }) => kill ?? []);
  tally.expect(killed.length === 1, `a storm of ${STORM} alerts made ${killed.length} kills`);
  if (storm[0]?.status !== 201 && killed.length === 0) tally.lose("the first alert of a trigger was refused");
  await mustCome(witness.untilReads(RARE_FLAG, false, 5_000), (why) => tally.lose(`in a storm: ${why}`));
  for (const id of killed) await lift(running, id);
  for (let count = killed.length; count < RARE_PER_HOUR; count += 1) {
    const { status, kill } = await send(running, alert());
    if (kill === undefined) tally.lose(`alert ${count + 1} of ${RARE_PER_HOUR} an hour was answered ${status}`);
    else await lift(running, kill);
  }
  await mustCome(witness.untilReads(RARE_FLAG, true), (why) => tally.fault(why));
  const over = await send(running, alert());
  tally.expect(over.status === 429 && over.kill === undefined, `an alert over the rate was answered ${over.status}`);
  const after = await killsOf(log, RARE_FLAG);
  tally.expect(after - before === RARE_PER_HOUR, `${after - before} kills of a trigger that may make ${RARE_PER_HOUR} an hour`);
  tally.expect(witness.reads(RARE_FLAG), "an alert over the rate killed");
}

/** Alerts that are forged, expired, replayed or too many kill nothing; a good one kills, once, and the first is never refused. */
export async function hostileTriggers(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("triggers");
  await withSluice("triggers", { run, pollMs: 200 }, async ({ running, repository }) => {
    const names = Array.from({ length: Math.ceil(rounds / ROUNDS_PER_TRIGGER) }, (_, at) => `on-call-${at}`);
    const armed = names.map((name, at) => `  ${name}: { shape: generic, flags: [${flagKeys(9)[at]}], perHour: 60 }\n`).join("");
    const rare = `  ${RARE}: { shape: generic, flags: [${RARE_FLAG}], perHour: ${RARE_PER_HOUR} }\n`;
    repository.write("sluice.yaml", `${readFileSync(join(repository.folder, "sluice.yaml"), "utf8")}triggers:\n${armed}${rare}`);
    repository.commit("Alerts may switch off flags");
    await until("the triggers are armed", async () => {
      const { triggers } = (await running.ask("GET", "/api/triggers")).body as { readonly triggers: readonly unknown[] };
      return triggers.length === names.length + 1 ? true : undefined;
    });
    const secrets = new Map<string, string>();
    for (const name of [...names, RARE])
      secrets.set(name, ((await running.ask("GET", `/api/triggers/${name}/secret`)).body as { readonly secret: string }).secret);
    const [witness, log] = [await Witness.start(running.url, running.sdkKey), await LogReader.open(running)];
    const drill: Drill = { running, secrets, witness, log, tally };
    await overRate(drill);
    for (let index = 0; index < rounds; index += 1) {
      const at = index % names.length;
      await round(drill, names[at] ?? "", { flag: flagKeys(9)[at] ?? "", isCrash: index % ROUNDS_PER_CRASH === 1 });
    }
    for (const why of await log.faults()) tally.fault(why);
    await witness.close();
    await log.close();
  });
  return tally;
}
