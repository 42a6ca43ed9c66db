import * as z from "zod";
import type { AppIdentity, Repository } from "./app-sign-in.ts";

/** What the server knows of the GitHub App that it is. */
export interface AppSettings {
  readonly app: AppIdentity;
  readonly webhookSecret: string;
  /** Root of the REST API. */
  readonly api: string;
  readonly repository: Repository;
  /** Where people reach this server, without a slash at its end; empty where nobody said. */
  readonly url: string;
}

/** The settings cannot be used; the message says why and what to do. */
export class AppSettingsUnusable extends Error {
  override readonly name = "AppSettingsUnusable";
}

/** As GitHub gives it when an App is made from its manifest, with two fields of ours. */
const settings = z.looseObject({
  id: z.number().int().positive(),
  pem: z.string().min(1),
  webhook_secret: z.string().min(16, { error: "must have at least 16 characters" }),
  external_url: z.string().optional(),
  /** `https://<host>/api/v3` of a GitHub of one's own. */
  api: z.string().optional(),
  /** `owner/name`, where the address of the source does not end so. */
  repository: z.string().optional(),
});

/** Reads what `sluice github-app create` wrote; `source` is the address of the repository that is served. Throws `AppSettingsUnusable`. */
export function readAppSettings(text: string, source: string): AppSettings {
  const read = settings.safeParse(jsonOf(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new AppSettingsUnusable(
      `the file of the GitHub App: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}; take what \`sluice github-app create\` wrote`,
    );
  }
  const { id, pem, webhook_secret: webhookSecret, external_url: url = "", api, repository = source } = read.data;
  const [, owner, name] = /(?:^|[/:])([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(repository) ?? [];
  if (owner === undefined || name === undefined)
    throw new AppSettingsUnusable(`${repository} does not end with owner/name of a repository at GitHub: write "repository" into the file of the GitHub App`);
  return { app: { id, privateKey: pem }, webhookSecret, api: api ?? apiOf(source), repository: { owner, name }, url: url.replace(/\/+$/, "") };
}

/** The same App at another repository; `undefined` where that is not at the GitHub of these settings. */
export function settingsAt(settings: AppSettings, source: string): AppSettings | undefined {
  const [, host, owner, name] = /^(?:[a-z+]+:\/\/)?(?:[^/@]+@)?([\w.-]+(?::\d+(?=\/))?)[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(source) ?? [];
  if (host === undefined || owner === undefined || name === undefined) return undefined;
  const api = new URL(settings.api);
  return api.host === host || api.host === `api.${host}` ? { ...settings, repository: { owner, name } } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppSettingsUnusable("the file of the GitHub App is no JSON: take what `sluice github-app create` wrote");
  }
}

function apiOf(source: string): string {
  if (!/^https?:\/\//.test(source)) return "https://api.github.com";
  const { host, origin } = new URL(source);
  return host === "github.com" ? "https://api.github.com" : `${origin}/api/v3`;
}
