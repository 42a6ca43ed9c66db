/** One event of a server-sent event stream. */
export interface StreamFrame {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
  readonly id?: string;
  /** Signature of `data`: a field of ours, which other readers of event streams pass over. */
  readonly sig?: string;
}

/** The frames that a chunk completed, or that one grew beyond the limit: the stream cannot be followed any further. */
export type StreamPush = { readonly ok: true; readonly frames: readonly StreamFrame[] } | { readonly ok: false; readonly problem: string };

/** Bytes of one frame. A patch above this is never sent: the server answers `reset` instead, and 8 MiB bound what one peer can make us hold. */
export const FRAME_BYTES_MAX: number = 8 * 1024 * 1024;

const LF = 10;
const CR = 13;

/**
 * Reads `text/event-stream` from bytes cut anywhere, also inside a UTF-8 sequence or between CR and LF.
 * Lines are split as bytes, which is safe because neither 0x0A nor 0x0D occurs inside a multi-byte sequence.
 * Field rules: WHATWG HTML, section 9.2.6 (one optional space after the colon, comments, a frame without data is no event).
 */
export class StreamParser {
  readonly #decoder = new TextDecoder();
  /** Pieces of a line that has not ended yet. */
  #pieces: Uint8Array[] = [];
  #piecesBytes = 0;
  #frameBytes = 0;
  #data: string[] = [];
  #event = "";
  #id: string | undefined;
  #sig: string | undefined;
  #isAfterCr = false;

  /** Takes the next bytes; the caller may reuse them. After a problem the parser must not be used again. */
  push(bytes: Uint8Array): StreamPush {
    const frames: StreamFrame[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      const isLfOfCrLf = byte === LF && this.#isAfterCr;
      this.#isAfterCr = byte === CR;
      if (isLfOfCrLf) {
        from = at + 1;
        continue;
      }
      if (byte !== LF && byte !== CR) continue;
      const frame = this.#line(this.#endLine(bytes.subarray(from, at)));
      if (frame !== undefined) frames.push(frame);
      if (this.#frameBytes > FRAME_BYTES_MAX) return tooLong;
      from = at + 1;
    }
    if (from < bytes.length) {
      this.#pieces.push(bytes.slice(from));
      this.#piecesBytes += bytes.length - from;
    }
    return this.#frameBytes + this.#piecesBytes > FRAME_BYTES_MAX ? tooLong : { ok: true, frames };
  }

  #endLine(last: Uint8Array): string {
    this.#frameBytes += this.#piecesBytes + last.length;
    // The decoder drops a byte order mark: right before the first line, harmless before any other.
    if (this.#pieces.length === 0) return this.#decoder.decode(last);
    const whole = new Uint8Array(this.#piecesBytes + last.length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    whole.set(last, at);
    this.#pieces = [];
    this.#piecesBytes = 0;
    return this.#decoder.decode(whole);
  }

  #line(line: string): StreamFrame | undefined {
    if (line === "") return this.#dispatch();
    if (line.startsWith(":")) return undefined;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "sig") this.#sig = value;
    return undefined;
  }

  #dispatch(): StreamFrame | undefined {
    const data = this.#data;
    const event = this.#event === "" ? "message" : this.#event;
    const [id, sig] = [this.#id, this.#sig];
    this.#data = [];
    this.#event = "";
    this.#id = undefined;
    this.#sig = undefined;
    this.#frameBytes = 0;
    if (data.length === 0) return undefined;
    return { event, data: data.join("\n"), ...(id === undefined ? {} : { id }), ...(sig === undefined ? {} : { sig }) };
  }
}

const tooLong: StreamPush = { ok: false, problem: `a frame is longer than ${FRAME_BYTES_MAX} bytes` };
