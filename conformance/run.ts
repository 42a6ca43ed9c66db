// `npm run conformance -- [--json]`: every vector through every language that is there.
import { askEvaluator, comparable } from "./compare.ts";
import { readVectors } from "./vectors.ts";

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
