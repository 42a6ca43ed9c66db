import { testThatEachIsCaught } from "../caught-mutants.ts";
import { drillMutants, isCaught } from "./mutants.ts";

testThatEachIsCaught({ mutants: drillMutants, atLeast: 10, what: "ways to ask for a drill wrongly", catchers: "the tests of the drill policy", isCaught });
