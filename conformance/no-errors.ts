// `npm run conformance -- errors [--questions N] [--json]`: random questions about valid flags, of which none may be answered with reason ERROR.
import { askEvaluator } from "./compare.ts";
import { WorldMaker } from "./worlds.ts";

const QUESTIONS = 1_000_000;
const CONTEXTS_PER_WORLD = 10;

/** Valid as far as an answer needs it: an off and a default that are variants. Rules, segments and kills may be as broken as they like. */
function isValid(form: unknown): boolean {
  const { variants = { on: true, off: false }, off = "off", default: usual = off } = form as { readonly [name: string]: unknown };
  const has = (name: unknown): boolean => typeof name === "string" && Object.hasOwn(variants as object, name);
  return has(off) && has(usual);
}

/** Asks until so many questions about valid flags are answered. `control` counts ERRORs of invalid ones: were it 0, nothing would be counted. */
export function countErrors(questions: number): { readonly questions: number; readonly errors: number; readonly control: number } {
  const counted = { questions: 0, errors: 0, control: 0 };
  for (let seed = 5_000_000; counted.questions < questions; seed += 1) {
    const maker = new WorldMaker(seed);
    const world = maker.world();
    const ask = askEvaluator(world);
    const { flags } = world.snapshot as { readonly flags: Readonly<Record<string, unknown>> };
    for (let at = 0; at < CONTEXTS_PER_WORLD; at += 1) {
      const context = maker.context();
      for (const [flag, form] of Object.entries(flags)) {
        const isError = ask(flag, context).reason === "ERROR";
        if (!isValid(form)) counted.control += isError ? 1 : 0;
        else {
          counted.questions += 1;
          counted.errors += isError ? 1 : 0;
        }
      }
    }
  }
  return counted;
}

/** The command: exit code 1 where a valid flag was answered with an error, or nothing invalid was. */
export function runNoErrors(): void {
  const at = process.argv.indexOf("--questions");
  const { questions, errors, control } = countErrors(at < 0 ? QUESTIONS : Number(process.argv[at + 1]));
  if (process.argv.includes("--json")) console.log(JSON.stringify({ name: "errors", figures: { questions, errors, control }, peers: {}, notes: "" }));
  else console.log(`${questions} questions about valid flags, ${errors} answered with ERROR; ${control} about invalid ones`);
  process.exitCode = errors === 0 && control > 0 ? 0 : 1;
}
