// An editor as a language server sees one: a client of the protocol over standard input and output of a real process.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createMessageConnection, type MessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node.js";

/** A mistake as it is shown. */
export interface Shown {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly severity: number;
  readonly code?: string;
  readonly message: string;
}

/** Counted from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** One editor with one folder open. */
export class EditorClient {
  readonly connection: MessageConnection;
  /** What was told last, by URI. */
  readonly shown: Map<string, readonly Shown[]> = new Map();
  readonly #folder: string;
  readonly #process: ChildProcessWithoutNullStreams;
  #waiting: { readonly isMet: () => boolean; readonly go: () => void }[] = [];

  constructor(folder: string, argv: readonly string[]) {
    this.#folder = folder;
    this.#process = spawn(process.execPath, argv);
    this.connection = createMessageConnection(new StreamMessageReader(this.#process.stdout), new StreamMessageWriter(this.#process.stdin));
    this.connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }: { uri: string; diagnostics: readonly Shown[] }) => {
      this.shown.set(uri, diagnostics);
      for (const one of this.#waiting.filter(({ isMet }) => isMet())) one.go();
    });
    this.connection.onRequest("client/registerCapability", () => null);
  }

  /** Says hello as editors do; `capabilities` of `workspace` and `textDocument`. */
  async start(capabilities: object): Promise<void> {
    this.connection.listen();
    const rootUri = this.uri("");
    await this.connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: "flags" }],
      capabilities,
    });
    await this.connection.sendNotification("initialized", {});
  }

  uri(path: string): string {
    return pathToFileURL(join(this.#folder, path)).href;
  }

  /** Opens a text as a file of the folder and waits for what is said of it. */
  async open(path: string, text: string): Promise<readonly Shown[]> {
    const uri = this.uri(path);
    this.shown.delete(uri);
    await this.connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
    await this.until(() => this.shown.has(uri));
    return this.shown.get(uri) ?? [];
  }

  /** Waits until what is shown meets a condition; the test's own time is the bound. */
  async until(isMet: () => boolean): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((go) => this.#waiting.push({ isMet, go }));
    this.#waiting = this.#waiting.filter((one) => one.isMet !== isMet);
  }

  /** Ends the process as an editor does. */
  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#process.once("exit", () => resolve()));
    await this.connection.sendRequest("shutdown");
    await this.connection.sendNotification("exit");
    await gone;
    this.connection.dispose();
  }
}
