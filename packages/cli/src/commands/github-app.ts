import { existsSync, writeFileSync } from "node:fs";
import { anonymous, appManifest, GitHubClient, GitHubRefused, GitHubUnavailable, type MadeApp, madeApp, manifestPage } from "@sluice/github";
import { nodeClock, nodeHttpClient, nodeTimers } from "@sluice/ports/node";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import type { Terminal } from "../terminal.ts";

const WAIT_MS_MAX = 30_000;

interface ManifestOptions {
  readonly url: string;
  readonly name: string;
  readonly organisation?: string;
  readonly github: string;
  readonly edits?: boolean;
  readonly teams?: boolean;
  readonly page?: string;
}

/** `github-app` makes the GitHub App that a server is. */
export function registerGitHubApp(program: Command, terminal: Terminal): void {
  const app = program.command("github-app").description("make the GitHub App that checks pull requests (docs/github-app.md)");
  app
    .command("manifest")
    .description("print what the App may do, as GitHub takes it, or write a page that sends it there")
    .requiredOption("--url <url>", "where GitHub reaches the server, such as https://flags.example.com")
    .option("--name <name>", "what the App is called at GitHub", "Sluice")
    .option("--organisation <name>", "whose App it is; without it, your own")
    .option("--github <url>", "address of a GitHub of your own", "https://github.com")
    .option("--edits", "let it write branches, so that edits made in the console become pull requests")
    .option("--teams", "let it see who is in a team, where approvals are asked of teams")
    .option("--page <file>", "write a page with one button that sends it to GitHub")
    .addHelpText("after", "\nExample:\n  sluice github-app manifest --url https://flags.example.com --organisation acme --page app.html")
    .action((options: ManifestOptions) => manifest(options, terminal));
  app
    .command("create")
    .description("fetch the App that GitHub has made of the manifest, with its private key, into a file for sluice serve --github-app")
    .argument("<code>", "what stands after ?code= in the address bar; it works once, within an hour")
    .option("--file <file>", "where to write it; only you can read it", "github-app.json")
    .option("--api <url>", "REST API of a GitHub of your own, such as https://github.example.com/api/v3", "https://api.github.com")
    .action((code: string, options: { readonly file: string; readonly api: string }) => create(code, options, terminal));
}

function manifest(options: ManifestOptions, terminal: Terminal): void {
  if (!/^https?:\/\//.test(options.url) || !URL.canParse(options.url))
    throw new CommandFailed({
      code: "github-app/url",
      message: `--url ${options.url} is no address that GitHub could send webhooks to.`,
      fix: "Give the address at which the server is reached, such as https://flags.example.com.",
      exitCode: 2,
    });
  const wishes = { url: options.url.replace(/\/+$/, ""), name: options.name, edits: options.edits === true, teams: options.teams === true };
  const made = appManifest(wishes);
  if (options.page === undefined) return terminal.out(JSON.stringify(made, null, 2));
  const github = options.github.replace(/\/+$/, "");
  const owner = options.organisation === undefined ? "" : `/organizations/${encodeURIComponent(options.organisation)}`;
  writeFileSync(options.page, manifestPage(made, `${github}${owner}/settings/apps/new`));
  terminal.out(`${options.page} is written: open it in a browser in which you are signed in at GitHub, and press its button.`);
}

async function create(code: string, { file, api }: { readonly file: string; readonly api: string }, terminal: Terminal): Promise<void> {
  if (existsSync(file))
    throw new CommandFailed({
      code: "github-app/file",
      message: `${file} is there already, and may hold the key of an App.`,
      fix: "Name another with --file, or move it away. The code has not been used.",
      exitCode: 2,
    });
  const app = await fetched(code, api);
  writeFileSync(file, app.file, { mode: 0o600, flag: "wx" });
  terminal.out(`${app.name} is made; ${file} holds its private key and the secret of its webhooks.`);
  terminal.out(`Install it on the repository of your flags: ${app.page}/installations/new`);
  terminal.out(`Then start the server with: sluice serve --github-app ${file} …`);
}

async function fetched(code: string, api: string): Promise<MadeApp> {
  const client = new GitHubClient({
    api,
    tokens: anonymous,
    http: nodeHttpClient({ keepsAlive: true }),
    clock: nodeClock,
    timers: nodeTimers({ keepsAlive: true }),
    waitMsMax: WAIT_MS_MAX,
  });
  try {
    return await madeApp(client, code);
  } catch (error) {
    if (!(error instanceof GitHubRefused || error instanceof GitHubUnavailable)) throw error;
    throw new CommandFailed(
      {
        code: "github-app/code",
        message: `${error.message}.`,
        fix: "A code works once, within an hour. Press the page's button again for a new one; an App that was made without its key is deleted at GitHub.",
        exitCode: 3,
      },
      { cause: error },
    );
  }
}
