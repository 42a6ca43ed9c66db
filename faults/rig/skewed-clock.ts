// Loaded before anything else of a process (`--import`): its wall clock, in every thread, is SLUICE_DRILL_SKEW_MS milliseconds off. Time that
// only passes (performance.now, timers) is left alone, as it is when a machine's clock is set wrong.
const skewMs = Number(process.env["SLUICE_DRILL_SKEW_MS"]);
if (!Number.isSafeInteger(skewMs)) throw new Error("SLUICE_DRILL_SKEW_MS must be a whole number of milliseconds");

globalThis.Date = new Proxy(Date, {
  construct: (real, given, target) => Reflect.construct(real, given.length === 0 ? [real.now() + skewMs] : given, target) as object,
  apply: (real) => new real(real.now() + skewMs).toString(),
  get: (real, name) => (name === "now" ? () => real.now() + skewMs : (Reflect.get(real, name) as unknown)),
});
