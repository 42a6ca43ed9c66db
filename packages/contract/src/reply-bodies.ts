import * as z from "zod";

/**
 * What the people's routes answer. Readers are lenient: fields they do not know pass, because a newer server may say more;
 * what is listed here is promised.
 */
const version = z.looseObject({ epoch: z.string(), seq: z.number() });
const state = z.enum(["on", "partlyOn", "off", "killed", "absent"]);

export const meReply = z.looseObject({
  account: z.looseObject({ id: z.string(), name: z.string(), email: z.string(), role: z.string() }),
  can: z.record(z.string(), z.boolean()),
  /** True where everything is invented: `npm start`. */
  isDemo: z.boolean().optional(),
});

/** `POST /api/sign-in` and `/api/first-sign-in`. */
export const signedInReply = z.looseObject({ account: meReply.shape.account });

/** A relay, as people see it: `serves` is `<epoch>:<seq>`; `instances` and `pages` are what was behind it when it was last heard of. */
const relay = z.looseObject({
  relay: z.string(),
  connected: z.boolean(),
  instances: z.number(),
  pages: z.number(),
  lastHeardMsAgo: z.number(),
  serves: z.string().optional(),
});

export const environmentsReply = z.looseObject({
  environments: z.array(
    z.looseObject({
      key: z.string(),
      name: z.string(),
      protected: z.boolean(),
      liftNeedsTwo: z.boolean().optional(),
      version: version.optional(),
      instances: z.number(),
      /** Connected to this server, or cut off within the hour. */
      relays: z.array(relay).optional(),
    }),
  ),
});

export const flagsReply = z.looseObject({
  flags: z.array(
    z.looseObject({
      key: z.string(),
      /** Former keys that are answered as this one is. */
      aliases: z.array(z.string()).optional(),
      description: z.string().optional(),
      kind: z.enum(["release", "experiment", "ops", "permission"]),
      owner: z.string().optional(),
      tags: z.array(z.string()).optional(),
      type: z.enum(["boolean", "string", "number", "object"]),
      dependants: z.array(z.string()),
      environments: z.record(
        z.string(),
        z.looseObject({ state, kills: z.array(z.string()).optional(), revert: z.string().optional(), kept: z.string().optional() }),
      ),
    }),
  ),
});

/** `GET /api/unknown-keys`: flags that applications ask for and nobody has defined. */
export const unknownKeysReply = z.looseObject({
  keys: z.array(
    z.looseObject({
      environment: z.string(),
      key: z.string(),
      lastMs: z.number(),
      count: z.number().optional(),
      service: z.string().optional(),
      version: z.string().optional(),
      nearest: z.array(z.string()),
    }),
  ),
});

const diagnostic = z.looseObject({
  message: z.string(),
  file: z.string(),
  line: z.number(),
  column: z.number(),
  fix: z.string().optional(),
  code: z.string().optional(),
  severity: z.enum(["error", "warning"]).optional(),
});

/** `GET /api/flags/:key`. */
export const flagReply = z.looseObject({
  key: z.string(),
  file: z.string(),
  definition: z.string(),
  /** Environments that stand in files of their own. */
  parts: z.array(z.looseObject({ environment: z.string(), file: z.string(), definition: z.string() })),
  history: z.array(z.looseObject({ seq: z.number(), commit: z.string(), author: z.string(), subject: z.string(), atMs: z.number() })),
  diagnostics: z.array(diagnostic),
  formerKeys: z.array(z.looseObject({ key: z.string(), lastAskedMs: z.number().optional() })),
});

export const blastRadiusReply = z.looseObject({
  sentence: z.string(),
  /** What would be killed now; of a target, its flags of kind release and experiment. */
  flags: z.array(z.string()),
  /** Ops and permission flags of a target: killed one by one, by an engineer. */
  leftOut: z.array(z.string()),
  /** Registered customers who have some of it now; absent where everybody has it. */
  customers: z.number().optional(),
  /** The ids of the first of them, at most 8. */
  who: z.array(z.string()).optional(),
  /** Releases that it pauses. */
  releases: z.array(z.looseObject({ release: z.string(), title: z.string() })),
  instances: z.number(),
  services: z.array(z.looseObject({ service: z.string(), instances: z.number() })),
  dependants: z.array(z.string()),
});

/** `POST /api/kills`. `seq` is absent where the kill went the emergency way and the log does not have it yet. */
export const killedReply = z.looseObject({
  kill: z.string(),
  flags: z.array(z.string()),
  seq: z.number().optional(),
  emergency: z.boolean(),
  undoUntilMs: z.number(),
});

export const killsReply = z.looseObject({
  kills: z.array(
    z.looseObject({
      kill: z.string(),
      environment: z.string(),
      flags: z.array(z.string()),
      scope: z.looseObject({}).optional(),
      atMs: z.number(),
      seq: z.number().optional(),
      reviewAtMs: z.number().optional(),
      by: z.string().optional(),
      reason: z.string().optional(),
      incident: z.string().optional(),
      emergency: z.boolean().optional(),
      /** Teams that own its flags and were told of it. */
      told: z.looseObject({ teams: z.array(z.string()), atMs: z.number() }).optional(),
      /** Who has asked for its lift, where that takes two people. */
      liftAsked: z.looseObject({ atMs: z.number(), by: z.string().optional(), reason: z.string().optional() }).optional(),
      /** Who has refused the lift that was asked for, until it is asked for anew. */
      liftRefused: z.looseObject({ atMs: z.number(), by: z.string().optional(), reason: z.string().optional() }).optional(),
    }),
  ),
});

/** Who decided and why; absent where nobody said, or where it was erased. */
const decidedWords = { by: z.string().optional(), reason: z.string().optional(), incident: z.string().optional() };

/** `GET /api/kills/history`: a page of those active and past, the newest first. */
export const killHistoryReply = z.looseObject({
  kills: z.array(
    z.looseObject({
      kill: z.string(),
      environment: z.string(),
      flags: z.array(z.string()),
      of: z.looseObject({ kind: z.string(), name: z.string() }).optional(),
      scope: z.looseObject({}).optional(),
      seq: z.number(),
      atMs: z.number(),
      ...decidedWords,
      /** Absent while it is in force. */
      lifted: z.looseObject({ atMs: z.number(), isUndo: z.boolean(), ...decidedWords }).optional(),
      /** What the process that answers saw; absent where no program was connected to it when the kill was made. */
      reach: z
        .looseObject({
          of: z.number(),
          confirmed: z.number(),
          gone: z.number(),
          halfMs: z.number().optional(),
          p99Ms: z.number().optional(),
          allMs: z.number().optional(),
          missing: z.array(z.string()),
        })
        .optional(),
      isDrill: z.boolean().optional(),
    }),
  ),
  /** Where the next page begins (`before`); absent where this one is the last. */
  next: z.string().optional(),
});

const drillEnd = z.looseObject({
  kill: z.string(),
  atMs: z.number(),
  of: z.number(),
  confirmed: z.number(),
  cutOff: z.number().optional(),
  allMs: z.number().optional(),
});

/**
 * `GET /api/usage`: what SDKs report of answers since `sinceMs`, most first, at most 2,000 rows and 500 processes. `dropped`: answers that were
 * given and are in no row, for want of memory in a process or here.
 */
export const usageReply = z.looseObject({
  sinceMs: z.number(),
  answers: z.array(
    z.looseObject({
      environment: z.string(),
      flag: z.string(),
      variant: z.string().optional(),
      reason: z.string(),
      cause: z.string().optional(),
      customer: z.string().optional(),
      count: z.number(),
    }),
  ),
  dropped: z.number(),
  instances: z.array(
    z.looseObject({
      environment: z.string(),
      instance: z.string(),
      service: z.string().optional(),
      version: z.string().optional(),
      sdk: z.string().optional(),
      relay: z.string().optional(),
      applied: z.looseObject({ epoch: z.string(), seq: z.number() }).optional(),
      lastMs: z.number(),
      answers: z.number(),
      dropped: z.number(),
    }),
  ),
});

/** `GET /api/guards`. `dropped`: outcomes that were reported and not counted since the process began. */
export const guardsReply = z.looseObject({
  guards: z.array(
    z.looseObject({
      name: z.string(),
      flag: z.string(),
      environment: z.string(),
      reaction: z.enum(["announce", "pause", "kill"]),
      watches: z.looseObject({ kind: z.enum(["outcome", "query"]) }),
      seen: z.looseObject({ customers: z.number(), baseline: z.number() }).optional(),
      noData: z.string().optional(),
      last: z.looseObject({ atMs: z.number(), did: z.enum(["announced", "paused", "killed"]), words: z.string() }).optional(),
    }),
  ),
  dropped: z.number(),
});

/** `GET /api/drills`. */
export const drillsReply = z.looseObject({
  drills: z.array(
    z.looseObject({
      environment: z.string(),
      flag: z.string(),
      every: z.number().optional(),
      everybodyWithinDays: z.number().optional(),
      running: z.string().optional(),
      last: drillEnd.optional(),
    }),
  ),
});

export const receiptReply = z.looseObject({
  kill: z.string(),
  of: z.number(),
  confirmed: z.number(),
  /** Were connected, and are away without a word: ended, or cut off and not waited for any more. */
  gone: z.number().optional(),
  /** Confirmed without a stream; in neither `of` nor the times. */
  withoutStream: z.number().optional(),
  /** Pages in browsers that listen, and those that have been sent it; while one has not, it is not done. */
  pages: z.looseObject({ of: z.number(), told: z.number() }).optional(),
  elapsedMs: z.number(),
  p50Ms: z.number().optional(),
  p99Ms: z.number().optional(),
  laggards: z.array(
    z.looseObject({
      instance: z.string(),
      service: z.string().optional(),
      version: z.string().optional(),
      lastHeardMsAgo: z.number(),
      relay: z.string().optional(),
      serves: z.string().optional(),
    }),
  ),
  /** Relays that are cut off without it; while there are any, it is not done. */
  relays: z.array(relay).optional(),
  done: z.boolean(),
});

/** Lift, undo and the end of a revert. */
export const endedReply = z.looseObject({
  seq: z.number().optional(),
  /** It takes a second person, and the kill is in force until then. */
  waits: z.boolean().optional(),
});
export { revertedReply } from "./reverts.ts";

/** `GET /api/events`: facts are those of the log, whose kinds only grow. */
export const eventsReply = z.looseObject({
  events: z.array(
    z.looseObject({
      seq: z.number(),
      epoch: z.string(),
      atMs: z.number(),
      command: z.string(),
      facts: z.looseObject({ kind: z.string() }),
      who: z.string().optional(),
    }),
  ),
  lookedBackTo: z.number().optional(),
});

/** `GET /api/signing-keys`: public keys alone; none where the server does not sign. */
export const signingKeysReply = z.looseObject({ keys: z.array(z.looseObject({ id: z.string(), publicKey: z.string(), signs: z.boolean() })) });

/** `GET /api/notices`: how owners are told of kills; without `mail` nobody is. */
export const noticesReply = z.looseObject({
  mail: z.looseObject({ via: z.string(), waiting: z.number(), lastToldAtMs: z.number().optional(), trouble: z.string().optional() }).optional(),
});

/** `GET /api/sdk-keys/connected`: how many programs are connected to this server with each key, by its first digits; none where nobody is. */
export const sdkKeysConnectedReply = z.looseObject({ connected: z.record(z.string(), z.number()) });

/** `GET /api/sdk-keys`: `key` is the first digits of its SHA-256; the key itself is nowhere in the server. */
export const sdkKeysReply = z.looseObject({ keys: z.array(z.looseObject({ key: z.string(), environment: z.string(), name: z.string() })) });

export const healthReply = z.looseObject({
  status: z.enum(["ok", "degraded", "starting"]),
  fanout: z.looseObject({ emergencyKillsWaiting: z.number() }),
  killPath: z
    .looseObject({
      environment: z.string(),
      ageMs: z.number().optional(),
      reachedMs: z.number().optional(),
      tried: z.number(),
      confirmed: z.number(),
      isEmergency: z.boolean().optional(),
      isEmergencyLate: z.boolean().optional(),
      isLate: z.boolean(),
      lateRelays: z.array(z.string()).optional(),
      relaysWithoutOwnKills: z.array(z.string()).optional(),
    })
    .optional(),
  /** Absent of a relay, which has neither. */
  api: z.looseObject({ reachable: z.boolean() }).optional(),
  store: z.looseObject({ ok: z.boolean() }).optional(),
  /** Of a relay: what it is called, and the server above it. */
  relay: z.looseObject({ name: z.string(), upstream: z.string(), reachable: z.boolean() }).optional(),
  source: z
    .looseObject({
      commit: z.string().optional(),
      ageMs: z.number().optional(),
      trouble: z.string().optional(),
      problems: z.array(diagnostic),
      github: z.looseObject({ app: z.number(), trouble: z.string().optional() }).optional(),
    })
    .optional(),
});

/** The one shape of an error answer. */
export const errorReply = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string(), fix: z.string(), field: z.string().optional() }) });

/** `GET /sdk/v1/urgent`. */
export const urgentReply = z.looseObject({
  urgent: z.array(
    z.looseObject({
      id: z.string(),
      epoch: z.string(),
      flags: z.array(z.string()),
      journal: z.string().optional(),
      counter: z.number().optional(),
      seq: z.number().optional(),
    }),
  ),
});
