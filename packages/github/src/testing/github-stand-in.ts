import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, randomUUID, verify } from "node:crypto";
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Asked, askedOperation, describedAnswer, describedWebhook } from "./described.ts";
import { serveGit } from "./git-http.ts";
import { type Answer, carryOut } from "./stand-in-answers.ts";
import { StandInState, type Trouble } from "./stand-in-state.ts";

export interface StandInOptions {
  /** A token that is taken besides those of the App, such as that of a workflow. */
  readonly token?: string;
  /** `owner/name`; `acme/flags` where absent. */
  readonly repository?: string;
  /** Folder that holds `<owner>/<name>.git`, for contents. */
  readonly git?: string;
  /** Its clock; the machine's own where absent. */
  readonly nowMs?: () => number;
  /** The App that it knows; one of its own where absent. */
  readonly app?: StandInApp;
}

/** A webhook that was sent, and what came back. */
export interface Delivered {
  readonly id: string;
  readonly status: number;
}

/** GitHub's identity of the App that the stand-in knows, as whoever registered it has it. */
export interface StandInApp {
  readonly id: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

const INSTALLATION = 77;
const HOUR_MS = 3_600_000;

/** Of 2,048 bits, as GitHub makes them; one for a whole run, since making one takes a while. */
let keys: ReturnType<typeof makeKeys> | undefined;
const makeKeys = (): { readonly publicKey: string; readonly privateKey: string } =>
  generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });

/**
 * GitHub with one repository, or several: its REST API, held against its own description in both directions, its webhooks, and real Git behind it.
 * A request that is not as described answers 422 and is told in `complaints`.
 */
export class GitHubStandIn extends StandInState {
  readonly troubles: Trouble[] = [];
  /** `GET /path`, as it was asked. */
  readonly asked: string[] = [];
  /** Every byte that was sent to it, but for Git's. */
  readonly heard: string[] = [];
  /** What was not as described. */
  readonly complaints: string[] = [];
  readonly app: StandInApp;
  /** Where webhooks go. */
  hookUrl = "";
  url = "";
  readonly #options: StandInOptions;
  readonly #tokens = new Map<string, number>();
  readonly #manifestCodes = new Map<string, object>();
  readonly #others: GitHubStandIn[] = [];

  constructor(options: StandInOptions) {
    super(options.repository ?? "acme/flags");
    this.#options = options;
    keys ??= makeKeys();
    this.app = options.app ?? { id: 4_711, privateKey: keys.privateKey, webhookSecret: randomBytes(20).toString("hex") };
  }

  /** Address of the repository for Git. */
  get gitUrl(): string {
    return `${this.url}/${this.repository}.git`;
  }

  /** The bare repository on disk. */
  get folder(): string | undefined {
    return this.#options.git === undefined ? undefined : join(this.#options.git, `${this.repository}.git`);
  }

  /** Another repository of the same GitHub, which the same App is installed on: what is asked of it, said of it and sent from it is its own. */
  addRepository(repository: string): GitHubStandIn {
    const other = new GitHubStandIn({ ...this.#options, repository, app: this.app });
    other.url = this.url;
    other.hookUrl = this.hookUrl;
    this.#others.push(other);
    return other;
  }

  /** As if GitHub had taken every token away. */
  endTokens(): void {
    this.#tokens.clear();
  }

  /** A code as GitHub gives it to whoever has just registered an App from a manifest; works once. */
  manifestCode(app: object): string {
    const code = randomUUID();
    this.#manifestCodes.set(code, app);
    return code;
  }

  /** Sends a webhook as GitHub does; `name` is that of the description, such as `pull-request-opened`. Answers once the server has. */
  async deliver(name: string, own: object, id: string = randomUUID()): Promise<Delivered> {
    const [owner = "", short = ""] = this.repository.split("/");
    // Where an App is installed is told of no one repository.
    const whose = name.startsWith("installation") ? {} : { repository: { id: 1, full_name: this.repository, name: short, owner: { login: owner } } };
    const body = JSON.stringify(describedWebhook(name, { ...whose, installation: { id: INSTALLATION }, ...own }));
    const event = /^(check-run|installation|merge-group|ping|pull-request-review|pull-request|push)/.exec(name)?.[0].replaceAll("-", "_") ?? name;
    const signature = `sha256=${createHmac("sha256", this.app.webhookSecret).update(body).digest("hex")}`;
    const headers = {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/0000000",
      "x-github-delivery": id,
      "x-github-event": event,
      "x-hub-signature-256": signature,
    };
    return { id, status: await post(this.hookUrl, headers, body) };
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://github.invalid");
    const isOf = ({ repository }: GitHubStandIn): boolean => [`/${repository}.git/`, `/repos/${repository}/`].some((path) => url.pathname.startsWith(path));
    const other = this.#others.find(isOf);
    if (other !== undefined) return other.handle(request, response);
    if (url.pathname.startsWith(`/${this.repository}.git/`)) return void this.#git(request, response);
    void this.#rest(request, url).then(({ status, body, headers = {} }) =>
      response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers }).end(JSON.stringify(body)),
    );
  }

  async #git(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = Buffer.from((request.headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
    const isSignedIn = given.startsWith("x-access-token:") && this.#isToken(given.slice("x-access-token:".length));
    if (!isSignedIn || this.#options.git === undefined) return void response.writeHead(401, { "www-authenticate": 'Basic realm="GitHub"' }).end();
    await serveGit(this.#options.git, request, response);
  }

  #isToken(token: string): boolean {
    return token === this.#options.token || (this.#tokens.get(token) ?? 0) > this.#now();
  }

  #now(): number {
    return this.#options.nowMs?.() ?? Date.now();
  }

  async #rest(request: IncomingMessage, url: URL): Promise<Answer & { readonly headers?: Readonly<Record<string, string>> }> {
    const text = await bodyOf(request);
    const name = `${request.method ?? ""} ${url.pathname}`;
    this.asked.push(name + url.search);
    this.heard.push(text);
    const at = this.troubles.findIndex(({ of }) => of === undefined || of.test(name));
    const trouble = at < 0 ? undefined : this.troubles.splice(at, 1)[0];
    const inTrouble = trouble && { status: trouble.status, body: { message: "trouble" }, headers: trouble.headers ?? {} };
    if (inTrouble !== undefined && trouble?.isDone !== true) return inTrouble;
    const answer = this.#answer(request, url, text);
    return inTrouble ?? answer;
  }

  #answer(request: IncomingMessage, url: URL, text: string): Answer {
    const { authorization = "", "user-agent": agent } = request.headers;
    if (agent === undefined) return { status: 403, body: { message: "Request forbidden by administrative rules." } };
    try {
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const asked = askedOperation(request.method ?? "", url, body);
      const token = authorization.replace(/^Bearer /, "");
      if (asked.operation.path.startsWith("/app-manifests/")) return this.#converted(asked);
      if (asked.operation.path.startsWith("/app/") || asked.operation.path.endsWith("/installation")) return this.#asApp(asked, token, body);
      if (!this.#isToken(token)) return { status: 401, body: { message: "Bad credentials" } };
      return carryOut({ ...asked, body: body ?? {}, state: this, folder: this.folder, by: "sluice[bot]" });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.complaints.push(`${request.method} ${url.pathname}: ${message}`);
      return { status: 422, body: { message } };
    }
  }

  /** Operations of the App itself, signed in by a JSON Web Token. */
  #asApp({ operation, values }: Asked, jwt: string, body: unknown): Answer {
    const why = this.#refusalOf(jwt);
    if (why !== undefined) return { status: 401, body: { message: why } };
    if (this.installation === "removed") return { status: 404, body: { message: "Not Found" } };
    if (operation.method === "GET") {
      const suspended_at = this.installation === "suspended" ? "2026-11-29T07:00:00Z" : null;
      return { status: 200, body: describedAnswer(operation, 200, { id: INSTALLATION, app_id: this.app.id, suspended_at }) };
    }
    if (values["installation_id"] !== String(INSTALLATION)) return { status: 404, body: { message: "Not Found" } };
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const untilMs = this.#now() + HOUR_MS;
    // A token opens the repositories that it was asked for, and every one where none was named.
    const { repositories } = (body ?? {}) as { readonly repositories?: readonly string[] };
    for (const one of [this, ...this.#others]) if (repositories?.includes(one.repository.split("/")[1] ?? "") ?? true) one.#tokens.set(token, untilMs);
    return { status: 201, body: describedAnswer(operation, 201, { token, expires_at: new Date(untilMs).toISOString() }) };
  }

  #refusalOf(jwt: string): string | undefined {
    const [head = "", body = "", signature = ""] = jwt.split(".");
    const publicKey = createPublicKey(keys?.publicKey ?? "");
    if (!verify("RSA-SHA256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url"))) return "A JSON web token could not be decoded";
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
    const { iat = NaN, exp = NaN, iss } = read(body) as { readonly iat?: number; readonly exp?: number; readonly iss?: string };
    const now = Math.floor(this.#now() / 1_000);
    if ((read(head) as { readonly alg?: string }).alg !== "RS256" || String(iss) !== String(this.app.id))
      return "'Issuer' claim ('iss') must be an Integer or String assigned to the app";
    if (!(iat <= now)) return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    if (!(exp > now && exp <= now + 600))
      return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
    return undefined;
  }

  #converted({ operation, values }: Asked): Answer {
    const code = values["code"] ?? "";
    const app = this.#manifestCodes.get(code);
    this.#manifestCodes.delete(code);
    if (app === undefined) return { status: 404, body: { message: "Not Found" } };
    const own = { id: this.app.id, pem: this.app.privateKey, webhook_secret: this.app.webhookSecret, client_id: "x", client_secret: "x", ...app };
    return { status: 201, body: describedAnswer(operation, 201, own) };
  }
}

/** GitHub on a port of this machine, and how it is ended. */
export type RunningGitHub = GitHubStandIn & { close(): Promise<void> };

export async function startGitHub(options: StandInOptions): Promise<RunningGitHub> {
  const github = new GitHubStandIn(options);
  const server = createServer((request, response) => github.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  github.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(github, { close });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method: "POST", headers: { ...headers, "content-length": String(Buffer.byteLength(body)) } }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
