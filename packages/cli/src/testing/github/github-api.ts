import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

/** A comment as the test reads it. */
export interface StoredComment {
  readonly id: number;
  body: string;
}

/** What the next requests are answered with instead; each entry once. */
export interface Trouble {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GitHubApi {
  readonly url: string;
  /** By number of the pull request. */
  readonly comments: Map<number, StoredComment[]>;
  readonly troubles: Trouble[];
  /** `GET /path`, as it was asked. */
  readonly asked: string[];
  close(): Promise<void>;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: "path" | "query"; readonly required: boolean; readonly schema: object }[];
  readonly request: object | null;
  readonly responses: Readonly<Record<string, object>>;
}

// GitHub's own description of the operations; see LICENSE beside it.
const { operations } = JSON.parse(readFileSync(join(import.meta.dirname, "issue-comments.json"), "utf8")) as { readonly operations: readonly Operation[] };
const ajv = new Ajv({ strict: false, validateFormats: false });
/** What stands in an address is text. */
const ofAddresses = new Ajv({ strict: false, coerceTypes: true, validateFormats: false });

/** A request that GitHub's description does not know, or an answer of this stand-in that is not as it says. */
class NotAsDescribed extends Error {}

/** Comments of pull requests at GitHub, held against its own description in both directions. A request that is not as described answers 422. */
export async function startGitHubApi(token: string): Promise<GitHubApi> {
  const comments = new Map<number, StoredComment[]>();
  const troubles: Trouble[] = [];
  const asked: string[] = [];
  let lastId = 1_000;
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? "/", "http://github.invalid");
      asked.push(`${request.method ?? ""} ${url.pathname}${url.search}`);
      const trouble = troubles.shift();
      const reply = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void =>
        void response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers }).end(JSON.stringify(body));
      if (trouble !== undefined) return reply(trouble.status, { message: "trouble" }, trouble.headers);
      if (request.headers["user-agent"] === undefined) return reply(403, { message: "Request forbidden by administrative rules." });
      if (request.headers.authorization !== `Bearer ${token}`) return reply(401, { message: "Bad credentials" });
      try {
        const body = await bodyOf(request);
        const { operation, values } = described(request.method ?? "", url, body);
        const [status, answer] = act(operation, values, body);
        check(ajv.compile(operation.responses[String(status)] ?? false), answer, "the answer");
        return reply(status, answer);
      } catch (error) {
        return reply(422, { message: error instanceof Error ? error.message : String(error) });
      }
    })();
  });

  const act = ({ method }: Operation, values: Readonly<Record<string, string>>, body: unknown): readonly [number, unknown] => {
    const number = Number(values["issue_number"] ?? 0);
    const text = (body as { readonly body?: string } | undefined)?.body ?? "";
    if (method === "GET") {
      const [size, page] = [Number(values["per_page"] ?? 30), Number(values["page"] ?? 1)];
      return [200, (comments.get(number) ?? []).slice((page - 1) * size, page * size).map(asGitHubSays)];
    }
    if (method === "POST") {
      const made = { id: (lastId += 1), body: text };
      comments.set(number, [...(comments.get(number) ?? []), made]);
      return [201, asGitHubSays(made)];
    }
    const known = [...comments.values()].flat().find(({ id }) => id === Number(values["comment_id"]));
    if (known === undefined) throw new NotAsDescribed("no such comment");
    known.body = text;
    return [200, asGitHubSays(known)];
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments,
    troubles,
    asked,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? undefined : JSON.parse(text);
}

function check(validate: ValidateFunction, value: unknown, what: string): void {
  if (!validate(value)) throw new NotAsDescribed(`${what}: ${ajv.errorsText(validate.errors)}`);
}

/** The operation that is asked for, with its parameters; the request is held against it. */
function described(method: string, url: URL, body: unknown): { readonly operation: Operation; readonly values: Readonly<Record<string, string>> } {
  for (const operation of operations) {
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
    const found = new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`).exec(url.pathname);
    if (operation.method !== method || found === null) continue;
    const values = {
      ...Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? "")])),
      ...Object.fromEntries(url.searchParams),
    };
    const stray = [...url.searchParams.keys()].find((name) => !operation.parameters.some((one) => one.name === name && one.in === "query"));
    if (stray !== undefined) throw new NotAsDescribed(`no parameter ${stray}`);
    for (const { name, required, schema } of operation.parameters) {
      const value = values[name];
      if (value === undefined && required) throw new NotAsDescribed(`${name} is missing`);
      if (value !== undefined) check(ofAddresses.compile({ type: "object", properties: { value: schema } }), { value }, name);
    }
    if (operation.request !== null) check(ajv.compile(operation.request), body, "the body");
    return { operation, values };
  }
  throw new NotAsDescribed(`${method} ${url.pathname} is not described`);
}

function asGitHubSays({ id, body }: StoredComment): object {
  const url = `https://api.github.com/repos/acme/flags/issues/comments/${id}`;
  const at = "2026-11-29T07:00:00Z";
  const user = "https://api.github.com/users/github-actions%5Bbot%5D";
  const links = ["url", "html_url", "followers_url", "following_url", "gists_url", "starred_url", "subscriptions_url", "organizations_url"];
  const more = ["repos_url", "events_url", "received_events_url", "avatar_url"];
  return {
    id,
    node_id: `IC_${id}`,
    url,
    html_url: url,
    issue_url: url,
    body,
    created_at: at,
    updated_at: at,
    author_association: "NONE",
    user: {
      login: "github-actions[bot]",
      id: 41_898_282,
      node_id: "MDM6Qm90NDE4OTgyODI=",
      gravatar_id: "",
      type: "Bot",
      site_admin: false,
      ...Object.fromEntries([...links, ...more].map((name) => [name, user])),
    },
  };
}
