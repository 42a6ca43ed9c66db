import type { Problem } from "./error-catalogue.ts";

const askServerSdk = "Make it on your server with `client.contextToken(context)` of @sluice/node, once for each page or refresh.";

/** Words of the problems of pages: what is wrong with a context token, or with where the page comes from. */
export const browserProblems = {
  malformed: { code: "contextMalformed", message: "This is no context token: it cannot be read.", fix: askServerSdk },
  algorithm: {
    code: "contextAlgorithm",
    message: "The context token is not signed with HS256, the only algorithm that is taken.",
    fix: askServerSdk,
  },
  forged: {
    code: "contextForged",
    message: "The context token's signature does not fit.",
    fix: "Sign with the context secret of this environment of this server; an SDK key is something else.",
  },
  expired: {
    code: "contextExpired",
    message: "The context token has expired.",
    fix: "Give the browser SDK `refreshToken`, which fetches a new one from your server.",
  },
  notYet: {
    code: "contextNotYet",
    message: "The context token is not valid yet.",
    fix: "Set the clock of the server that made it; a minute of difference is allowed.",
  },
  tooLong: {
    code: "contextTooLong",
    message: "The context token is good for more than 15 minutes, or does not say for how long.",
    fix: "Make it with `exp` at most 15 minutes ahead.",
  },
  wrongAudience: {
    code: "contextWrongAudience",
    message: "The context token is for another environment than the one that was asked for.",
    fix: "Use the same environment in the browser SDK's options as on the server that makes the token.",
  },
  tooLarge: {
    code: "contextTooLarge",
    message: "The context token is too large: 8,000 characters are allowed, 4,096 bytes of context in them.",
    fix: "Put only those attributes into it that flags ask for.",
  },
  off: {
    code: "contextsOff",
    message: "This environment has no context secret, so no context token can be checked.",
    fix: "Put one into `context-<environment>.key` of the server's data folder and start it again.",
  },
  missing: {
    code: "contextMissing",
    message: "This needs a context token: it is about one customer.",
    fix: askServerSdk,
  },
  mayNotOptIn: {
    code: "contextMayNot",
    message: "The context token does not say that its person decides about early access.",
    fix: "Make it with `client.contextToken(context, { mayOptIn: true })`, for people who decide for their company.",
  },
  noCustomer: {
    code: "unknownCustomer",
    message: "The customer of this context token is not registered.",
    fix: "Register it on the page Customers, by the key that your application sends.",
  },
  tooOften: {
    code: "tooOften",
    message: "Early access was taken and given back too often within an hour.",
    fix: "Try again later, or ask whoever looks after you.",
  },
  tooManyReports: {
    code: "tooOften",
    message: "Pages report more often than this process reads.",
    fix: "Send the same report again a while later, as @sluice/browser does.",
  },
  origin: {
    code: "originNotAllowed",
    message: "Pages of this origin may not ask this server.",
    fix: "Start the server with `--browser-origin <origin>`, as the address bar shows it: scheme, host and port.",
  },
} as const satisfies Readonly<Record<string, Problem>>;
