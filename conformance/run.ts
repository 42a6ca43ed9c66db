// `npm run conformance -- [--json]`: every vector through every language that is there. A command's name first runs that command instead.
import { askEvaluator, comparable } from "./compare.ts";
import { readVectors } from "./vectors.ts";

function runVectors(): void {
  const vectors = readVectors();
  const wrong = vectors.filter(({ world, flag, context, expected }) => comparable(askEvaluator(world)(flag, context)) !== comparable(expected));
  if (process.argv.includes("--json")) {
    const figures = { "typescript.passed": vectors.length - wrong.length, "typescript.failed": wrong.length, "typescript.suppressed": 0 };
    console.log(JSON.stringify({ name: "conformance", figures, peers: {}, notes: "" }));
  } else {
    for (const { name } of wrong) console.log(`wrong: ${name}`);
    console.log(`typescript: ${vectors.length - wrong.length} passed, ${wrong.length} failed, 0 suppressed`);
  }
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

const commands: Readonly<Record<string, () => Promise<void>>> = {
  differential: async () => (await import("./differential.ts")).runDifferential(),
  mutations: async () => (await import("./mutations.ts")).runMutations(),
};

const name = process.argv[2];
if (name === undefined || name.startsWith("--")) runVectors();
else if (Object.hasOwn(commands, name)) await commands[name]?.();
else {
  console.error(`there is no command "${name}". Known: ${Object.keys(commands).join(", ")}; none at all runs the vectors.`);
  process.exitCode = 1;
}
