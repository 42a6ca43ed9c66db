import { expect, test } from "vitest";
import { isMachineCommand, machineCommand } from "./machine-commands.ts";

const KILL = "k0123456789ab";

test.each([
  "drill-production-20787-20787",
  "drill-eu-west-1-20780-20787",
  `${KILL}-drill-over`,
  `${KILL}-drill-over+2`,
  `kept-${KILL}`,
  "epoch-e00c0ffee",
  "trigger-on-call-0123456789abcdef0123456789abcdef",
  "guard-0123456789abcdef0123456789abcdef",
  `told-${KILL}`,
  "adopt-08a41910f3c2-17",
  "adopt-web-08a41910f3c2-17",
  `permanent-${KILL}-adopt-08a41910f3c2-17`,
  "revert-agreed-r77",
  "settled-production-shop.checkout-31",
  "hashes-31",
  "due:r0123:0:start:1795424400000",
  "due:r0123:completed",
  "due:pin:p0123",
  "cli-0a1b2c+1048577",
  "cli-0a1b2c+1048577+lifted",
  "cli-0a1b2c+hold1",
])("%s is kept for Sluice", (command) => expect(isMachineCommand(command)).toBe(true));

test.each([
  "cli-0a1b2c3d4e5f0a1b2c3d4e5f",
  "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  "drill-command-1",
  "drill-2026-11-monday",
  "permanent-fix-17",
  "told-support-17",
  "kept-for-later",
  "guard-duty",
  "epoch-making-kill",
  "trigger-happy",
  "hashes-of-acme",
  "release-17+1",
  "deploy-20261130+7",
  "incident:17:checkout",
  "q3Vx0Qm1T2+7",
])("%s is anybody's", (command) => expect(isMachineCommand(command)).toBe(false));

test("every command that is made has the form that is kept for it", () => {
  const digest = "0123456789abcdef0123456789abcdef";
  const made = {
    drill: machineCommand.drill("production", 20_780, 20_787),
    drillOver: machineCommand.drillOver(KILL),
    kept: machineCommand.kept(KILL),
    epoch: machineCommand.epoch("e00c0ffee"),
    trigger: machineCommand.trigger("on-call", digest),
    guard: machineCommand.guard(digest),
    told: machineCommand.told(KILL),
    adopt: machineCommand.adopt(undefined, "08a41910", 0),
    permanent: machineCommand.permanent(KILL, "cli-0a1b2c"),
    revertAgreed: machineCommand.revertAgreed("r1"),
    settled: machineCommand.settled("production", "shop.checkout", 31),
    hashes: machineCommand.hashes(31),
    due: machineCommand.due("r1", "completed"),
    counted: machineCommand.counted("cli-0a1b2c", 2 ** 20 + 1),
    countedLift: machineCommand.countedLift("cli-0a1b2c", 2 ** 20 + 1),
    mergedHold: machineCommand.mergedHold("cli-0a1b2c", 1),
  } satisfies Record<keyof typeof machineCommand, string>;
  for (const [what, command] of Object.entries(made)) expect(isMachineCommand(command), what).toBe(true);
});
