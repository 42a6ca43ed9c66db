import { afterEach, expect, test } from "vitest";
import { AppWorld, closeAppWorlds } from "../testing/app-world.ts";
import { flagFile } from "../testing/office.ts";

const central = {
  "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
  "segments/some.yaml": "key: some\nby: customer\ninclude: [acme, bolt]\n",
  "flags/site/map.yaml": flagFile("site.map", "    prerequisites: [{ flag: shop.cart, serves: on }]\n    default: on\n"),
  "flags/site/wrong.yaml": flagFile("site.wrong", "    default: onn\n"),
};
const PAY = "services/shop/flags/shop/pay.yaml";
const CART = "services/shop/flags/shop/cart.yaml";
const shop = { [PAY]: flagFile("shop.pay"), [CART]: flagFile("shop.cart", "    default: on\n"), "services/other/flags/x.yaml": "not: ours\n" };
const forSome = flagFile("shop.pay", "    default: off\n    rules:\n      - { id: some, if: { segment: some }, serve: on }\n");
/** Dozens of Git processes each. */
const LIMIT = { timeout: 240_000 };

const opened = (): Promise<AppWorld> => AppWorld.open({ files: shop, folder: "services/shop", central });
afterEach(async () => expect(await closeAppWorlds()).toEqual({ failures: [], complaints: [] }));
const check = (world: AppWorld): unknown => world.github.checkRuns.at(-1);

test("a change in an application's repository is counted with the central segments, and others' mistakes are not its own", LIMIT, async () => {
  const world = await opened();
  expect(Object.keys(world.office.plane.state("production")?.snapshot?.flags ?? {}).sort()).toEqual(["shop.cart", "shop.pay", "site.map"]);
  world.push("more", { [PAY]: forSome });
  world.pull(1, "more");
  await world.told(1);
  expect(check(world)).toMatchObject({ name: "Sluice (services/shop)", conclusion: "success", annotations: [] });
  expect(world.comment).toContain("**`shop.pay`** in production: 2 of 3 would get something else: 2 on.");
  expect(world.comment).not.toContain("site.wrong");
});

test("a mistake stands beside its line, by its path from that repository's root", LIMIT, async () => {
  const world = await opened();
  world.push("wrong", { [PAY]: forSome.replace("segment: some", "segment: sme") });
  world.pull(1, "wrong");
  await world.told(1);
  expect(check(world)).toMatchObject({ conclusion: "failure", title: "1 mistake", annotations: [{ path: PAY, annotation_level: "failure" }] });
  expect(world.comment).toContain(`${PAY}:`);
});

test("a key that the central repository has already fails, with both places", LIMIT, async () => {
  const world = await opened();
  world.push("twice", { "services/shop/flags/site/map.yaml": flagFile("site.map") });
  world.pull(1, "twice");
  await world.told(1);
  expect(check(world)).toMatchObject({ conclusion: "failure" });
  expect(world.comment).toContain('`services/shop/flags/site/map.yaml:1` "site.map" is defined in flags/site/map.yaml of the main source already');
});

test("what a change would break in another repository fails it, with the place", LIMIT, async () => {
  const world = await opened();
  world.push("less", { [CART]: "" });
  world.pull(1, "less");
  await world.told(1);
  expect(check(world)).toMatchObject({ conclusion: "failure", title: "No mistakes, 1 mistake elsewhere", annotations: [] });
  expect(world.comment).toContain("### What it breaks elsewhere");
  expect(world.comment).toMatch(/`flags\/site\/map\.yaml:\d+` of `the main source`/);
});

test("a push there makes the server look at that source alone", LIMIT, async () => {
  const world = await opened();
  const main = world.office.plane.decisions.commit;
  world.office.commit({ "flags/site/new.yaml": flagFile("site.new") });
  const commit = world.push("main", { [PAY]: flagFile("shop.pay", "    default: on\n") });
  await world.github.deliver("push", { ref: "refs/heads/main" });
  await world.office.plane.adoption.settled();
  expect(world.office.plane.decisions.sources["shop"]?.commit).toBe(commit);
  expect(world.office.plane.decisions.commit).toBe(main);
});
