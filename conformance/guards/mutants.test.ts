import { testThatEachIsCaught } from "../caught-mutants.ts";
import { guardMutants, isCaught } from "./mutants.ts";

testThatEachIsCaught({ mutants: guardMutants, atLeast: 20, what: "guards that see wrongly or do too much", catchers: "the tests of guards", isCaught });
