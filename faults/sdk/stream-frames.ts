/** One event of a stream, and its text as it came. */
export interface Frame {
  readonly event: string;
  readonly data: string;
  readonly text: string;
}

/** What a heartbeat would say now. */
export interface HeadOf {
  readonly data: string;
}

export const textOf = ({ text }: Frame): string => text;

/** Reads frames of one stream, whose bytes come cut anywhere. */
export function framesOf(): (chunk: Buffer) => readonly Frame[] {
  const decoder = new TextDecoder();
  let rest = "";
  return (chunk) => {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    return blocks.map((block) => ({ event: /^event: (.*)$/m.exec(block)?.[1] ?? "", data: /^data: (.*)$/m.exec(block)?.[1] ?? "", text: `${block}\n\n` }));
  };
}

/** The head that heartbeats after this frame name: its own, or the version that a patch leads to. Streams of pages have heartbeats that say nothing. */
export function nextHead(head: HeadOf | undefined, { event, data }: Frame): HeadOf | undefined {
  if (event === "heartbeat") return { data };
  if (event === "hello") {
    const { epoch, seq, sampling, jitterMs } = JSON.parse(data) as Readonly<Record<string, unknown>>;
    return { data: jitterMs === undefined ? JSON.stringify({ epoch, seq, sampling }) : "{}" };
  }
  if (event !== "patch" || head === undefined) return head;
  const { epoch, to } = JSON.parse(data) as Readonly<Record<string, unknown>>;
  return { data: JSON.stringify({ ...(JSON.parse(head.data) as object), epoch, seq: to }) };
}
