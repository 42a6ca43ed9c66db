import { testThatEachIsCaught } from "../caught-mutants.ts";
import { isCaught, renameMutants } from "./mutants.ts";

testThatEachIsCaught({ mutants: renameMutants, atLeast: 15, what: "renames that lose something", catchers: "the tests of renames", isCaught });
