import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { applyRepairs, type Diagnostic, partsMoved, repairOffers, type Repair, wholeMessage } from "@sluice/definitions";
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic as EditorDiagnostic,
  DiagnosticSeverity,
  type Position,
  type Range,
  type RenameFile,
  type TextDocumentEdit,
  type TextEdit,
} from "vscode-languageserver";

/** Where the editor's project stands, what files it has, and whether the editor can move files. */
export interface Place {
  readonly folder: string;
  readonly canMove: boolean;
  readonly paths: readonly string[];
}

/** Where a project's file is, as editors name it. */
export const uriOf = (folder: string, path: string): string => pathToFileURL(join(folder, path)).href;

/** Lines and columns count from 0 in the protocol, and columns are UTF-16 units on both sides. */
const rangeOf = ({ line, column, endLine, endColumn }: Diagnostic): Range => ({
  start: { line: line - 1, character: column - 1 },
  end: { line: endLine - 1, character: endColumn - 1 },
});

/** A mistake as an editor shows it; everything that the command line says is in its message. */
export function editorDiagnostic(one: Diagnostic): EditorDiagnostic {
  return {
    range: rangeOf(one),
    severity: one.severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code: one.code,
    source: "sluice",
    message: wholeMessage(one),
  };
}

/** Where an offset stands in a text. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length - 1, character: offset - start };
}

/** The edit that makes one text of another: all of it, for an editor finds the difference itself. */
export const wholeEdit = (before: string, after: string): TextEdit => ({
  range: { start: { line: 0, character: 0 }, end: positionAt(before, before.length) },
  newText: after,
});

/** Quick fixes of the mistakes that touch a range, and the action that mends a file's every mistake that a machine can. */
export function codeActions(
  path: string,
  text: string,
  asked: { readonly range: Range; readonly diagnostics: readonly Diagnostic[] },
  place: Place,
): CodeAction[] {
  const { range, diagnostics } = asked;
  const quick = diagnostics
    .filter((one) => touches(rangeOf(one), range))
    .flatMap((one) => repairOffers(one, text).flatMap((repair) => quickFix(one, repair, { path, text }, place) ?? []));
  const inPlace = diagnostics.filter(({ repair }) => repair?.isAutomatic === true && repair.moveTo === undefined);
  const mended = applyRepairs(new Map([[path, text]]), inPlace).files.get(path) ?? text;
  if (mended === text) return quick;
  const uri = uriOf(place.folder, path);
  return [
    ...quick,
    {
      title: "Mend what sluice validate --fix mends",
      kind: `${CodeActionKind.SourceFixAll}.sluice`,
      edit: { documentChanges: [{ textDocument: { uri, version: null }, edits: [wholeEdit(text, mended)] }] },
    },
  ];
}

const touches = (a: Range, b: Range): boolean => !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
const isBefore = (a: Position, b: Position): boolean => a.line < b.line || (a.line === b.line && a.character < b.character);

/** Undefined where the repair moves the file and the editor cannot. */
function quickFix(
  one: Diagnostic,
  repair: Repair,
  file: { readonly path: string; readonly text: string },
  { folder, canMove, paths }: Place,
): CodeAction | undefined {
  const { words, edits, moveTo, isAutomatic } = repair;
  const isMoved = moveTo !== undefined && moveTo !== file.path;
  if (isMoved && !canMove) return undefined;
  const uri = uriOf(folder, file.path);
  const changes: (TextDocumentEdit | RenameFile)[] = [
    {
      textDocument: { uri, version: null },
      edits: edits.map(({ start, end, text }) => ({ range: { start: positionAt(file.text, start), end: positionAt(file.text, end) }, newText: text })),
    },
  ];
  const moves = isMoved ? [[file.path, moveTo] as const, ...partsMoved(paths, { from: file.path, to: moveTo })] : [];
  for (const [from, to] of moves) changes.push({ kind: "rename", oldUri: uriOf(folder, from), newUri: uriOf(folder, to), options: { overwrite: false } });
  return { title: words, kind: CodeActionKind.QuickFix, diagnostics: [editorDiagnostic(one)], isPreferred: isAutomatic, edit: { documentChanges: changes } };
}
