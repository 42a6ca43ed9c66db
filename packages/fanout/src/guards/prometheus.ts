import { customerHash } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import * as z from "zod";

/** A query that takes longer says nothing this minute. */
const QUERY_MS_MAX = 10_000;
/** 20,000 customers at 100 bytes each. */
const REPLY_BYTES_MAX = 2 << 20;
const SERIES_MAX = 20_000;

/** What a query said of one moment. Without a customer: of everybody. */
export interface Sample {
  /** The customer's hash. */
  readonly customer?: string;
  readonly value: number;
}

/** Why there is nothing to look at, in words. */
export type Asked = { readonly samples: readonly Sample[] } | { readonly noData: string };

/** The reply of `GET /api/v1/query` (Prometheus HTTP API, instant queries): vectors and scalars are read. */
const pair = z.tuple([z.number(), z.string()]);
const reply = z.object({
  status: z.literal("success"),
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: pair })) }),
    z.object({ resultType: z.literal("scalar"), result: pair }),
  ]),
});
const refusal = z.object({ status: z.literal("error"), error: z.string() });

/** Asks a Prometheus server. Whatever goes wrong is "no data", with why: a guard never acts on what it could not see. */
export class Prometheus {
  readonly #world: Pick<World, "http">;
  readonly #url: string;

  /** `url`: its address, such as `http://prometheus:9090`, with a path where it stands behind one. */
  constructor(world: Pick<World, "http">, url: string) {
    this.#world = world;
    this.#url = url.replace(/\/+$/, "");
  }

  /** The values of an instant query now; by customer where a label holds the customer's key, as its hash in the environment with this salt. */
  async ask({ query, customer }: { readonly query: string; readonly customer?: string }, salt: string): Promise<Asked> {
    const request = {
      method: "POST",
      url: `${this.#url}/api/v1/query`,
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new TextEncoder().encode(new URLSearchParams({ query, timeout: `${QUERY_MS_MAX / 1_000}s` }).toString()),
    };
    let answer: { readonly status: number; readonly body: Uint8Array };
    try {
      answer = await this.#world.http.request(request, { timeoutMs: QUERY_MS_MAX, maxBytes: REPLY_BYTES_MAX });
    } catch {
      return { noData: `Prometheus did not answer within ${QUERY_MS_MAX / 1_000} s.` };
    }
    const json = jsonOf(answer.body);
    const parsed = reply.safeParse(json);
    if (!parsed.success) return { noData: whyNot(json, answer.status) };
    const samples = samplesOf(parsed.data.data, customer, salt);
    return samples.length === 0 ? { noData: "The query has no values." } : { samples };
  }
}

function whyNot(json: unknown, status: number): string {
  const refused = refusal.safeParse(json);
  return refused.success ? `Prometheus refuses the query: ${refused.data.error.slice(0, 200)}` : `Prometheus answered ${status}, and not with values.`;
}

/** A sample as Prometheus writes it: Go's format of a float, where infinity is `+Inf` (as of an error share without any success). */
const numberOf = (text: string): number => (/^[+-]?Inf$/.test(text) ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text));

/** Of a query by customer, what names no customer says nothing; nor does what is no number. */
function samplesOf(data: z.infer<typeof reply>["data"], customer: string | undefined, salt: string): readonly Sample[] {
  const series = data.resultType === "scalar" ? [{ metric: {}, value: data.result }] : data.result;
  return series.slice(0, SERIES_MAX).flatMap(({ metric, value: [, text] }): readonly Sample[] => {
    const value = numberOf(text);
    if (Number.isNaN(value)) return [];
    if (customer === undefined) return [{ value }];
    const key = new Map(Object.entries(metric)).get(customer);
    return key === undefined || key === "" ? [] : [{ customer: customerHash(salt, key), value }];
  });
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
