import { testThatEachIsTold } from "./react/told-mutants.ts";
import { mutants } from "./sampling/mutants.ts";

testThatEachIsTold("the tests of sampled contexts", mutants, 15, "tests/sampling/variant.config.ts");
