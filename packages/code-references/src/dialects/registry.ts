import type { Dialect } from "../dialect.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import { python } from "./python.ts";
import { typescript } from "./typescript.ts";

/** Every language in which references are found. One more is its file, its grammar and a line here. */
export const dialects: readonly Dialect[] = [typescript, python, go, java];
