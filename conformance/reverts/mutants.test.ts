import { testThatEachIsCaught } from "../caught-mutants.ts";
import { isCaught, revertMutants } from "./mutants.ts";

testThatEachIsCaught({ mutants: revertMutants, atLeast: 20, what: "ways to revert wrongly", catchers: "the tests of reverts", isCaught });
