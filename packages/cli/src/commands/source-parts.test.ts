import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { runCommand, runHere } from "../testing/command-run.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-parts-"));
afterAll(() => {
  process.exitCode = undefined;
  rmSync(root, { recursive: true, force: true });
});

const at = (path: string): string => join(root, path);
function put(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}
const flag = (key: string, served: string): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nenvironments:\n  production: ${served}\n`;
const PAY = "{ prerequisites: [{ flag: site.map, serves: on }], rules: [{ id: some, if: { segment: some }, serve: on }], default: off }";
const git = (...args: readonly string[]): unknown => spawnSync("git", ["-C", at("shop"), "-c", "user.name=M", "-c", "user.email=m@example.com", ...args]);

const CENTRAL = {
  "sluice.yaml": "project: p\nenvironments: { production: {} }\nteams: { team-x: {} }\n",
  "segments/some.yaml": "key: some\nif: { plan: { equals: pro } }\n",
  "flags/site/map.yaml": flag("site.map", "{ default: on }"),
};

beforeEach(() => {
  // What a command before has ended with is not this one's.
  process.exitCode = undefined;
  rmSync(root, { recursive: true, force: true });
  for (const [path, text] of Object.entries(CENTRAL)) put(`central/${path}`, text);
  put("billing/flags/bill.yaml", flag("bill", "{ default: off }"));
  put("shop/README.md", "The shop.\n");
  put("shop/services/pay/flags/shop/pay.yaml", flag("shop.pay", PAY));
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "begin");
});

const folder = at("shop/services/pay");
const beside = ["--source", "shop", "--with", at("central"), `billing=${at("billing")}`];

test("a folder of flags alone is checked with the rest of its project", async () => {
  const alone = await runHere(["validate", folder]);
  expect([alone.code, alone.said]).toEqual([2, expect.stringContaining("no sluice.yaml")]);
  const whole = await runHere(["validate", folder, ...beside]);
  expect([whole.code, whole.out]).toEqual([0, expect.stringContaining("1 flag, 0 segments")]);
});

test("mistakes are told by their path in that folder, those of others are not, and a key of another source is named with it", async () => {
  put("central/flags/site/wrong.yaml", flag("site.wrong", "{ default: onn }"));
  put("shop/services/pay/flags/shop/pay.yaml", flag("shop.pay", PAY.replace("segment: some", "segment: sme")));
  put("shop/services/pay/flags/bill.yaml", flag("bill", "{ default: on }"));
  const { out } = await runHere(["validate", folder, ...beside, "--json"]);
  const { diagnostics } = JSON.parse(out.split("\n")[0] ?? "") as { readonly diagnostics: readonly { readonly file: string; readonly message: string }[] };
  expect(diagnostics.map(({ file }) => file)).toEqual(["flags/bill.yaml", "flags/shop/pay.yaml"]);
  expect(diagnostics[0]?.message).toBe('"bill" is defined in flags/bill.yaml of the source billing already.');
});

test("what a machine can mend is mended in that folder and nowhere else", async () => {
  put("shop/services/pay/flags/shop/elsewhere.yaml", flag("shop.gift", "{ default: off }"));
  put("central/sluice.yaml", `${CENTRAL["sluice.yaml"]}style: { extends: recommended }\n`);
  const before = readFileSync(at("central/flags/site/map.yaml"), "utf8");
  await runHere(["validate", folder, ...beside, "--fix"]);
  expect(readFileSync(at("central/flags/site/map.yaml"), "utf8")).toBe(before);
  expect(spawnSync("ls", [at("shop/services/pay")], { encoding: "utf8" }).stdout.trim()).toBe("flags");
});

test("a plan counts with the central segments, and reviews say the same", async () => {
  put("shop/services/pay/flags/shop/pay.yaml", flag("shop.pay", PAY.replace("default: off", "default: on")));
  put("everybody.json", JSON.stringify([{ plan: "pro" }, { plan: "free" }, {}]));
  const counted = [...beside, "--contexts", at("everybody.json")];
  const plan = await runHere(["plan", folder, ...counted]);
  expect([plan.code, plan.out.split("\n")[0]]).toEqual([0, "shop.pay in production: 2 of 3 would get something else: 2 on."]);
  const review = await runHere(["review", folder, "--base", "HEAD", ...counted]);
  expect(review.out).toContain("**`shop.pay`** in production: 2 of 3 would get something else: 2 on.");
});

test("a server is asked for the rest, and for the plan by the paths of its project", async () => {
  const served = { ...CENTRAL, "flags/@shop/shop/pay.yaml": flag("shop.pay", PAY), "flags/@shop/gone.yaml": flag("gone", "{ default: off }") };
  const validated = await runCommand(["validate", folder, "--source", "shop"], () => ({ body: { files: served } }));
  expect([validated.code, validated.sent.map(({ method, url }) => `${method} ${url}`)]).toEqual([0, ["GET /api/definitions"]]);
  expect(validated.out).toContain("1 flag");
  const text = flag("shop.pay", PAY.replace("default: off", "default: on"));
  put("shop/services/pay/flags/shop/pay.yaml", text);
  const answered = { customers: 0, changes: [], broken: [], project: [] };
  const planned = await runCommand(["plan", folder, "--source", "shop"], ({ url }) => ({ body: url === "/api/plan" ? answered : { files: served } }));
  expect(planned.sent.at(-1)).toMatchObject({ url: "/api/plan", body: { files: { "flags/@shop/shop/pay.yaml": text } } });
});

test.each([
  [["--with", "x"], "which part of it this folder is"],
  [["--source", "Shop"], "not the name of a source"],
  [["--source", "shop", "--with", `billing=${at("billing")}`], "None of the folders of --with has the project's sluice.yaml"],
  [["--source", "shop", "--with", at("central"), `shop=${at("billing")}`], "the folder's own source"],
  [["--source", "shop", "--with", at("central"), `billing=${at("central/flags")}`], "no flags/, segments/ or tests/"],
  [["--source", "shop"], "Nothing says where the rest of the project is"],
])("%j is refused with what to do", async (options, words) => {
  const { code, said } = await runHere(["validate", folder, ...options]);
  expect([code, said]).toEqual([2, expect.stringContaining(words)]);
});
