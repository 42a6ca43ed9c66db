export { type ExportedFlagd, exportFlagd } from "./flagd/export.ts";
export { type Imported, importFlags, type ImportFormat, importFormats, type ImportOptions, type ImportProblem } from "./import-flags.ts";
export { type Loss, lossCatalogue, type LossCode } from "./loss.ts";
