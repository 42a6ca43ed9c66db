import { configureGlobal } from "fast-check";

/** Every property begins with this seed, so that one commit has one outcome. Another is given by `SLUICE_SEED=<integer>`. */
const SEED = 20_261_123;

configureGlobal({ seed: Number(process.env["SLUICE_SEED"] ?? SEED) });
