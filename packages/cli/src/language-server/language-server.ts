import { fileURLToPath } from "node:url";
import { type Diagnostic, formatFile } from "@sluice/definitions";
import type { Timers } from "@sluice/ports";
import {
  CodeActionKind,
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  type TextEdit,
} from "vscode-languageserver";
import { CodeDesk } from "./code-desk.ts";
import { codeActions, editorDiagnostic, type Place, uriOf, wholeEdit } from "./editor-forms.ts";
import { isCodePath } from "./open-code.ts";
import { OpenProject, pathWithin, projectFolderOf } from "./open-project.ts";

/** Keys are struck faster than a project of ten thousand flags is looked through: a look waits for this long a pause. */
const PAUSE_MS = 30;
/** A whole repository's code is looked through: not while somebody is in the middle of a word. */
const CODE_PAUSE_MS = 300;
/** Projects open at once; the one that was opened first goes. */
const PROJECTS_MAX = 50;

/** A file of a project. */
interface Placed {
  readonly project: OpenProject;
  readonly path: string;
}

/** Answers one editor. Completion and hover come from the published schemas, through the YAML language server. */
export class LanguageServer {
  readonly #connection: Connection;
  readonly #timers: Timers;
  readonly #projects = new Map<string, OpenProject>();
  /** Documents that are open, by their URI. */
  readonly #documents = new Map<string, string>();
  /** What was told of each file, as text to compare by. */
  readonly #told = new Map<string, string>();
  readonly #waiting = new Set<OpenProject>();
  readonly #code: CodeDesk;
  #canMove = false;
  #canWatch = false;

  constructor(connection: Connection, timers: Timers) {
    this.#connection = connection;
    this.#timers = timers;
    this.#code = new CodeDesk({
      timers,
      pauseMs: CODE_PAUSE_MS,
      project: (folder) => this.#projects.get(folder) ?? this.#open(folder),
      tell: (uri, found) => this.#tell(uri, found),
    });
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => this.#watch());
    connection.onDidOpenTextDocument(({ textDocument: { uri, text } }) => this.#edit(uri, text));
    connection.onDidChangeTextDocument(({ textDocument: { uri }, contentChanges }) => this.#edit(uri, contentChanges.at(-1)?.text ?? ""));
    connection.onDidCloseTextDocument(({ textDocument: { uri } }) => this.#close(uri));
    connection.onDidSaveTextDocument(({ textDocument: { uri } }) => this.#saved(uri));
    connection.onDidChangeWatchedFiles(({ changes }) => this.#changedOnDisk(changes.map(({ uri }) => uri)));
    connection.onCodeAction(({ textDocument: { uri }, range }) => {
      const code = this.#code.at(uri);
      if (code !== undefined) return codeActions(code.path, code.text, { range, diagnostics: code.diagnostics }, { ...code, canMove: false, paths: [] });
      const placed = this.#place(uri);
      const text = placed?.project.text(placed.path);
      if (placed === undefined || text === undefined) return [];
      const diagnostics = placed.project.diagnostics.filter(({ file }) => file === placed.path);
      const place: Place = { folder: placed.project.folder, canMove: this.#canMove, paths: placed.project.paths };
      return codeActions(placed.path, text, { range, diagnostics }, place);
    });
    connection.onDocumentFormatting(({ textDocument: { uri } }) => this.#format(uri));
  }

  /** Begins to answer; the process ends when the editor says so, or is gone. */
  listen(): void {
    this.#connection.listen();
  }

  #initialize({ capabilities: { workspace } }: InitializeParams): InitializeResult {
    const { documentChanges = false, resourceOperations = [] } = workspace?.workspaceEdit ?? {};
    this.#canMove = documentChanges && resourceOperations.includes("rename");
    this.#canWatch = workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    return {
      serverInfo: { name: "sluice" },
      capabilities: {
        // The whole text: a flag file has some forty lines, and what is one text cannot fall apart.
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Full, save: true },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, `${CodeActionKind.SourceFixAll}.sluice`] },
        documentFormattingProvider: true,
      },
    };
  }

  #watch(): void {
    if (!this.#canWatch) return;
    // The editor may say no: then files are looked at again when they are opened.
    void this.#connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: "**/*.{yaml,yml}" }] });
  }

  /** The project that a document belongs to, read when the first of its files is opened. */
  #place(uri: string): Placed | undefined {
    if (!uri.startsWith("file:")) return undefined;
    const path = fileURLToPath(uri);
    const folder = projectFolderOf(path);
    if (folder === undefined) return undefined;
    return { project: this.#projects.get(folder) ?? this.#open(folder), path: pathWithin(folder, path) };
  }

  #open(folder: string): OpenProject {
    const project = new OpenProject(folder);
    const [oldest] = this.#projects.keys();
    if (oldest !== undefined && this.#projects.size >= PROJECTS_MAX) this.#forget(oldest);
    this.#projects.set(folder, project);
    for (const [uri, text] of this.#documents) {
      const path = fileURLToPath(uri);
      if (projectFolderOf(path) === folder) project.edit(pathWithin(folder, path), text);
    }
    return project;
  }

  #forget(folder: string): void {
    this.#projects.delete(folder);
    this.#code.forget(folder);
    const within = uriOf(folder, "");
    for (const uri of this.#told.keys()) if (uri.startsWith(within)) this.#tell(uri, []);
  }

  #edit(uri: string, text: string): void {
    this.#documents.set(uri, text);
    if (this.#code.edit(uri, text)) return;
    const placed = this.#place(uri);
    if (placed === undefined) return;
    placed.project.edit(placed.path, text);
    this.#look(placed.project);
  }

  #close(uri: string): void {
    this.#documents.delete(uri);
    if (this.#code.close(uri)) return;
    const placed = this.#place(uri);
    if (placed === undefined) return;
    placed.project.close(placed.path);
    this.#look(placed.project);
  }

  #saved(uri: string): void {
    const placed = this.#place(uri);
    if (placed === undefined) return;
    placed.project.reread(placed.path);
    placed.project.askGit();
    this.#look(placed.project);
  }

  #changedOnDisk(uris: readonly string[]): void {
    for (const uri of uris) {
      const placed = this.#place(uri);
      if (placed === undefined) this.#goneProject(uri);
      else {
        placed.project.reread(placed.path);
        this.#look(placed.project);
      }
    }
  }

  /** A project whose `sluice.yaml` was removed is none any more. */
  #goneProject(uri: string): void {
    const path = uri.startsWith("file:") ? fileURLToPath(uri) : "";
    for (const folder of this.#projects.keys()) if (pathWithin(folder, path) === "sluice.yaml") this.#forget(folder);
  }

  #look(project: OpenProject): void {
    if (this.#waiting.has(project)) return;
    this.#waiting.add(project);
    this.#timers.after(PAUSE_MS, () => {
      this.#waiting.delete(project);
      if (this.#projects.get(project.folder) === project) this.#tellAll(project);
    });
  }

  /** Tells every file's mistakes, also of files that are not open: an edit here breaks a file there. */
  #tellAll(project: OpenProject): void {
    const byUri = new Map<string, Diagnostic[]>();
    // Code is held against these flags.
    this.#code.lookLater(project.folder);
    for (const one of project.diagnostics) {
      const uri = uriOf(project.folder, one.file);
      const known = byUri.get(uri);
      if (known === undefined) byUri.set(uri, [one]);
      else known.push(one);
    }
    const within = uriOf(project.folder, "");
    const before = [...this.#told.keys(), ...this.#documents.keys()].filter((uri) => uri.startsWith(within) && !isCodePath(uri));
    for (const uri of new Set([...before, ...byUri.keys()])) this.#tell(uri, byUri.get(uri) ?? []);
  }

  #tell(uri: string, found: readonly Diagnostic[]): void {
    const diagnostics = found.map(editorDiagnostic);
    const text = JSON.stringify(diagnostics);
    if (this.#told.get(uri) === text) return;
    this.#told.set(uri, text);
    void this.#connection.sendDiagnostics({ uri, diagnostics });
  }

  #format(uri: string): TextEdit[] {
    const placed = this.#place(uri);
    const text = placed?.project.text(placed.path);
    if (placed === undefined || text === undefined) return [];
    const formatted = formatFile(placed.path, text);
    return formatted.outcome === "changed" ? [wholeEdit(text, formatted.text)] : [];
  }
}
