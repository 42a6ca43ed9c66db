import { browserMutants } from "./browser/mutants.ts";
import { testThatEachIsTold } from "./react/told-mutants.ts";

testThatEachIsTold("the tests of the SDK for pages", browserMutants, 30);
