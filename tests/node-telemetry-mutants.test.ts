import { testThatEachIsTold } from "./react/told-mutants.ts";
import { nodeTelemetryMutants } from "./sdk-telemetry/node-mutants.ts";

testThatEachIsTold("the tests of what the Node SDK reports", nodeTelemetryMutants, 25, "tests/sampling/variant.config.ts");
