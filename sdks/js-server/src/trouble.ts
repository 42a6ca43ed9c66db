import type { HttpReply } from "@sluice/ports";
import { type SignatureProblem, signatureWords } from "./signature-check.ts";

/** Why there is no live connection. Each kind has a message of its own, because each has another cure. */
export type TroubleKind =
  | "badAddress"
  | "unreachable"
  | "wrongPath"
  | "badKey"
  | "wrongEnvironment"
  | "serverFailed"
  | "badAnswer"
  | "badSignature"
  | "badOptions"
  | "silent";

/** What is wrong, in words for the person who reads the log, and what to do about it. */
export interface Trouble {
  readonly kind: TroubleKind;
  readonly message: string;
  readonly fix: string;
}

/** Kinds that a person must cure: trying again quickly cannot help, so the wait starts at 5 s. */
export const REFUSED_WAIT_MS_MIN = 5_000;

/** Lower bound of the wait after a trouble, in milliseconds. */
export function waitAfterMs(trouble: Trouble): number {
  const { kind } = trouble;
  const isRefused = kind === "badKey" || kind === "wrongEnvironment" || kind === "wrongPath" || kind === "badSignature";
  return isRefused ? REFUSED_WAIT_MS_MIN : 0;
}

/** No answer at all. `why` is the network's own reason. */
export function unreachable(address: string, why: string): Trouble {
  return {
    kind: "unreachable",
    message: `No Sluice server answers at ${address}: ${why}.`,
    fix: "Check that the server runs and that this machine may reach it. Flags keep their last answers; the connection is tried again for ever.",
  };
}

/** The server was there and has gone. */
export function cutOff(address: string, why: string): Trouble {
  return {
    kind: "unreachable",
    message: `The connection to ${address} was lost: ${why}.`,
    fix: "Flags keep their last answers; the connection is tried again for ever.",
  };
}

/** The stream opened and then nothing came, not even a heartbeat. */
export function silent(address: string, silentMs: number): Trouble {
  return {
    kind: "silent",
    message: `The stream from ${address} has been silent for ${silentMs / 1000} s.`,
    fix: "A proxy between this process and the server may hold back or cut long answers; it must pass text/event-stream on unbuffered.",
  };
}

/** The address itself cannot be used. */
export function badAddress(url: string): Trouble {
  return { kind: "badAddress", message: `"${url}" is not a web address.`, fix: "Set url to the server's address, such as https://flags.example.com." };
}

/** An answer that is no snapshot although its status was 200. */
export function badAnswer(address: string, problem: string): Trouble {
  return {
    kind: "badAnswer",
    message: `The server at ${address} answered something that is no snapshot: ${problem}.`,
    fix: "Check the versions of server and SDK, and whether a proxy changes the answers.",
  };
}

/** The options name public keys that cannot be used. Nothing is accepted then: to go on unchecked would be what nobody asked for. */
export function badSignatureKeys(problem: string): Trouble {
  return {
    kind: "badOptions",
    message: `Signatures cannot be checked: ${problem}. No flags are accepted.`,
    fix: "Copy the keys that `sluice signing-keys` prints on the server, and set environment; without signatureKeys nothing is checked.",
  };
}

/** Something came that none of the trusted keys has signed: `what` is a `snapshot`, `patch` or `kill`. */
export function badSignature(address: string, what: string, problem: SignatureProblem): Trouble {
  const cure = {
    unsigned: "Start the server with --sign, or see why a proxy takes the signature away; without signatureKeys in the options, nothing is checked.",
    unknownKey: "If `sluice signing-keys` on the server prints this key, add it to signatureKeys; else it is not your server that answers.",
    doesNotFit: "Check that url and environment belong together and that no proxy changes the answers; else somebody tampers with them.",
  }[problem.kind];
  return {
    kind: "badSignature",
    message: `A ${what} from ${address} is refused: ${signatureWords(problem)}.`,
    fix: `${cure} Flags keep their last answers.`,
  };
}

/** The snapshot is of another environment than the one this process was told to expect. */
export function otherEnvironment(address: string, expected: string, actual: string): Trouble {
  return {
    kind: "wrongEnvironment",
    message: `The SDK key belongs to environment "${actual}", but this process expects "${expected}".`,
    fix: `Use the SDK key of "${expected}" at ${address}, or change the environment option.`,
  };
}

/** What an answer's status and kind of content say; `undefined` where they look right. */
export function troubleOf(address: string, reply: Pick<HttpReply, "status" | "headers">, expected: string): Trouble | undefined {
  const { status, headers } = reply;
  const content = headers["content-type"] ?? "";
  if (status === 401) {
    return {
      kind: "badKey",
      message: `The server at ${address} does not know this SDK key.`,
      fix: "Copy the key of the environment again from the console; keys that were replaced stop working.",
    };
  }
  if (status === 403) {
    return {
      kind: "wrongEnvironment",
      message: `The server at ${address} knows this SDK key, but not for this environment.`,
      fix: "Use the SDK key that belongs to the environment this process runs in.",
    };
  }
  const isRedirect = status >= 300 && status < 400 && status !== 304;
  const isPage = status < 500 && content.includes("text/html");
  if (isRedirect || isPage || status === 404 || status === 405 || status === 410) {
    const what = isPage ? `a web page (status ${status})` : isRedirect ? `a redirect to ${headers["location"] ?? "elsewhere"}` : `status ${status}`;
    return {
      kind: "wrongPath",
      message: `${address} answers, but there is no Sluice server at this path: it sent ${what}.`,
      fix: "Set url to the server's own address without a path, or with the prefix under which a proxy serves it.",
    };
  }
  if (status === 200 && !content.includes(expected)) return badAnswer(address, `its content type is "${content}", not ${expected}`);
  if (status === 200 || status === 304) return undefined;
  return { kind: "serverFailed", message: `The server at ${address} answered status ${status}.`, fix: "Look at the server's own log and at its /health." };
}
