import { compileSnapshot, customerHash, evaluate, type FlagForm } from "@sluice/evaluation";
import { applyEvent, type Decisions } from "@sluice/releases";
import { compileEnvironment } from "../compile.ts";
import type { World } from "./world.ts";

/** Text of the project's settings, as `World` reads it. */
export const SETTINGS: string = JSON.stringify({ customer: "customer", environments: ["production"], decidedByPeople: ["production"] });
/** Registered ones; everybody else is asked for as well. */
export const CUSTOMERS: readonly string[] = ["acme", "bolt"];
export const hash = (customer: string): string => customerHash("salt-p", customer);

/** What a flag may say; those from the fifth on give something to somebody. */
export const FORMS: readonly FlagForm[] = [
  {},
  { default: "off", rules: [{ if: ["equals", "plan", "pro"], serve: "off" }] },
  { rules: [{ if: ["equals", "plan", "pro"], serve: { of: [["off", 100_000]] } }] },
  { eligible: ["equals", "plan", "pro"] },
  { default: "on" },
  { rules: [{ if: ["equals", "plan", "pro"], serve: "on" }] },
  { default: "on", rules: [{ if: ["equals", "plan", "pro"], serve: "off" }] },
  {
    rules: [
      {
        serve: {
          of: [
            ["off", 50_000],
            ["on", 50_000],
          ],
          by: "customer",
        },
      },
    ],
  },
  { rules: [{ serve: { of: "on", share: 60_000, by: "customer" } }] },
  { eligible: ["equals", "plan", "pro"], default: "on" },
];

/** The customers are known from here on. */
export const register = (world: World): unknown =>
  world.log({ kind: "customersChanged", set: CUSTOMERS.map((id) => ({ id, track: "standard", tags: [], hashes: { production: hash(id) } })) });

/** What everybody gets of each flag in production. */
export function answers(world: World, decisions: Decisions, flags: readonly string[]): string {
  const snapshot = compileEnvironment({ decisions, environment: "production", read: world.read, seq: 1 });
  if (snapshot === undefined) throw new Error("nothing is served");
  const compiled = compileSnapshot(snapshot);
  const everybody = [...CUSTOMERS, "crane", undefined].flatMap((customer) =>
    ["pro", "free", undefined].map((plan) => ({ targetingKey: "u", ...(customer === undefined ? {} : { customer }), ...(plan === undefined ? {} : { plan }) })),
  );
  return JSON.stringify(flags.map((key) => everybody.map((context) => evaluate(compiled, key, context).value ?? null)));
}

/** The decisions after such events, in no log. */
export const withEvents = (decisions: Decisions, facts: readonly Parameters<World["log"]>[0][]): Decisions =>
  facts.reduce((now, one, at) => {
    const seq = now.seq + 1;
    const command = `z${at}-${seq}`;
    return applyEvent(now, { seq, epoch: now.epoch, atMs: 1, command, facts: one, personal: { by: "git" }, personalHash: "", prevHash: "", hash: "" });
  }, decisions);
