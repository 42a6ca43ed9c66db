import { mutants } from "./react/mutants.ts";
import { testThatEachIsTold } from "./react/told-mutants.ts";

testThatEachIsTold("the tests of React, of tabs, of handovers and of OpenFeature in pages", mutants, 30);
