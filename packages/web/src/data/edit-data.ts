/** What pages of changes read and write, under the names that pages use. */
export type {
  ChangePreview,
  ChangeSent,
  ChangesView,
  ConflictView,
  DraftView,
  EditableFlag,
  EditableRule,
  EditBody,
  EditedFile,
  PlannedSamples,
  SentChange,
} from "@sluice/contract";
