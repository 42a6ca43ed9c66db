// Files of tests run beside each other: a port that one has been given and does not listen on yet must not be given to another.
const [FIRST, LAST, WORKERS_MAX] = [15_000, 32_767, 8];
const size = Math.floor((LAST - FIRST + 1) / WORKERS_MAX);
const worker = Number(process.env["VITEST_POOL_ID"] ?? 1) % WORKERS_MAX;
process.env["SLUICE_FREE_PORTS"] = `${FIRST + worker * size}-${FIRST + (worker + 1) * size - 1}`;
