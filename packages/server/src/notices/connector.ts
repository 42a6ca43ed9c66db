/** What is sent to somebody outside. */
export interface Message {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** The same for the same message, so that whoever gets it twice can tell. */
  readonly id: string;
}

/** A way to reach people outside of Sluice. */
export interface Connector {
  /** As people say it: "e-mail". */
  readonly name: string;
  /** Whether it can be used now. Throws `ConnectorFailed`. */
  readonly check: () => Promise<void>;
  /** Resolves when the other side has taken it. Throws `ConnectorFailed`. */
  readonly send: (message: Message) => Promise<void>;
  readonly close: () => void;
}

/** It was not taken. `isFinal`: the same message would be refused again. */
export class ConnectorFailed extends Error {
  override readonly name = "ConnectorFailed";
  readonly isFinal: boolean;

  constructor(message: string, { isFinal, cause }: { readonly isFinal: boolean; readonly cause: unknown }) {
    super(message, { cause });
    this.isFinal = isFinal;
  }
}
