import * as z from "zod";
import { type GitHubClient, GitHubUnexpected } from "./github-client.ts";

/** What an App is made for. */
export interface ManifestWishes {
  /** Where people and GitHub reach the server, without a slash at its end. */
  readonly url: string;
  readonly name: string;
  /** Edits made in the console become branches and pull requests. */
  readonly edits: boolean;
  /** Approvals are asked of teams of the organisation, whose members must then be known. */
  readonly teams: boolean;
}

/** The webhooks that the server takes; those about the installation itself come in any case. */
export const APP_EVENTS = ["check_run", "merge_group", "pull_request", "pull_request_review", "push"] as const;

/**
 * A manifest of the App (docs.github.com, Registering a GitHub App from a manifest) with the least that the server needs: it reads contents, writes
 * checks and comments, and hears of merge queues. It may merge nothing, approve nothing and administer nothing.
 */
export function appManifest({ url, name, edits, teams }: ManifestWishes): object {
  return {
    name,
    url,
    description: "Checks changes of feature flags: mistakes, style, expectations, and whom they would reach.",
    public: false,
    redirect_url: `${url}/`,
    hook_attributes: { url: `${url}/hooks/github`, active: true },
    default_events: APP_EVENTS,
    default_permissions: {
      metadata: "read",
      contents: edits ? "write" : "read",
      checks: "write",
      pull_requests: "write",
      merge_queues: "read",
      ...(teams ? { members: "read" } : {}),
    },
  };
}

/** A page that sends the manifest to GitHub when its one button is pressed: GitHub takes manifests from a form alone. */
export function manifestPage(manifest: object, target: string): string {
  const quoted = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><title>Make the GitHub App</title></head><body>',
    "<h1>Make the GitHub App</h1>",
    "<p>GitHub shows what it may do, and asks for its name. Afterwards the address bar has <code>?code=…</code>: give it to <code>sluice github-app create</code> within an hour.</p>",
    `<form action="${quoted(target)}" method="post"><input type="hidden" name="manifest" value="${quoted(JSON.stringify(manifest))}"><button>Make it at GitHub</button></form>`,
    "</body></html>",
    "",
  ].join("\n");
}

const made = z.looseObject({
  id: z.number().int(),
  name: z.string(),
  html_url: z.string(),
  external_url: z.string(),
  pem: z.string(),
  webhook_secret: z.string().nullable(),
});

/** An App that GitHub has just made. */
export interface MadeApp {
  readonly name: string;
  /** Where it is installed on repositories. */
  readonly page: string;
  /** The file of the App, as `readAppSettings` reads it; it holds its private key. */
  readonly file: string;
}

/** Fetches the App of a code, which works once and for an hour. Throws what `GitHubClient.need` throws. */
export async function madeApp(client: GitHubClient, code: string): Promise<MadeApp> {
  const request = { method: "POST" as const, path: `/app-manifests/${encodeURIComponent(code)}/conversions` };
  const { id, name, html_url: page, external_url, pem, webhook_secret } = await client.need(made, request);
  if (webhook_secret === null)
    throw new GitHubUnexpected("GitHub made the App without a secret for its webhooks: register one from the manifest, which asks for it");
  return { name, page, file: `${JSON.stringify({ id, name, external_url, webhook_secret, pem }, null, 2)}\n` };
}
