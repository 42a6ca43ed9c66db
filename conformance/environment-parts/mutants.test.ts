import { testThatEachIsCaught } from "../caught-mutants.ts";
import { isCaught, partMutants } from "./mutants.ts";

testThatEachIsCaught({
  mutants: partMutants,
  atLeast: 12,
  what: "ways to lose something of a part",
  catchers: "the tests of environments in files of their own",
  isCaught,
});
