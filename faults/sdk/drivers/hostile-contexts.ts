/** Contexts that no application should pass, as the type system of a caller in JavaScript lets them through. */
export function hostileContexts(): readonly (readonly [name: string, context: Readonly<Record<string, unknown>>])[] {
  const cycle: Record<string, unknown> = { targetingKey: "ada", plan: "pro" };
  cycle["self"] = cycle;
  cycle["plan"] = [cycle, [cycle]];
  let deep: unknown = "end";
  for (let depth = 0; depth < 20_000; depth += 1) deep = { plan: deep };
  const throwing = {
    get plan(): string {
      throw new Error("a getter of the application");
    },
  };
  const proxy = new Proxy<Record<string, unknown>>(
    {},
    {
      get: () => {
        throw new Error("a proxy of the application");
      },
    },
  );
  const wrongTypes = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n ** 40n,
    Symbol("s"),
    () => 1,
    new Date(Number.NaN),
    new Map(),
    null,
    undefined,
    Number.MAX_VALUE,
  ];
  return [
    ["a cycle", cycle],
    ["20,000 levels", { plan: deep }],
    ["10 MB of text", { targetingKey: "x".repeat(10_000_000), plan: "y".repeat(10_000_000), customer: "z".repeat(10_000_000) }],
    ["a getter that throws", throwing],
    ["a proxy that throws", proxy],
    ["lone surrogates", { targetingKey: "\ud800", plan: "pro\udfff", customer: "\udc00\ud800" }],
    ["names of every object", { constructor: 1, hasOwnProperty: 2, ["__proto__"]: { plan: "pro" } }],
    ["100,000 attributes", Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`a${index}`, index]))],
    ...wrongTypes.map((value, index) => [`wrong type ${index}`, { targetingKey: value, plan: value, customer: value }] as const),
    ["no object", "text" as unknown as Record<string, unknown>],
    ["nothing", undefined as unknown as Record<string, unknown>],
    ["null", null as unknown as Record<string, unknown>],
  ];
}
