import { readFileSync } from "node:fs";
import type { TriggerListing } from "@sluice/contract";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface Secret {
  readonly secret: string;
  readonly earlierUntilMs?: number;
}

type Options = ServerOptions & { readonly json?: boolean };

const BEARER = "Authorization: Bearer <secret>";

/** Where each system takes the address and the secret, in the words of its own pages; docs/triggers.md says more. */
const setUp: Readonly<Record<string, readonly string[]>> = {
  generic: [
    'POST JSON {"title":…} signed as Standard Webhooks says: headers webhook-id, webhook-timestamp and webhook-signature.',
    "Their libraries take the secret as it is printed.",
  ],
  alertmanager: ["receivers: webhook_configs: url, and http_config: authorization: { credentials_file: <a file with the secret> }."],
  grafana: ["Contact point of type Webhook: URL, Authorization Header - Credentials: <secret>. From Grafana 12 on HMAC signature works too."],
  datadog: [
    `Integrations, Webhooks: URL, custom header {"Authorization": "Bearer <secret>"}, and this payload:`,
    '{"transition":"$ALERT_TRANSITION","cycle":"$ALERT_CYCLE_KEY","title":"$EVENT_TITLE","link":"$LINK"}',
  ],
  pagerduty: [
    "Integrations, Generic Webhooks (v3): URL, event incident.triggered. PagerDuty makes the secret and shows it once;",
    "give it to Sluice: sluice triggers secret <name> --set-from <file>",
  ],
  opsgenie: [`Outgoing webhook: URL, custom header ${BEARER}, alert action Create.`],
};

export function registerTriggers(program: Command, terminal: Terminal): void {
  const triggers = program
    .command("triggers")
    // Otherwise the address and the token of `triggers secret` would be this one's.
    .enablePositionalOptions()
    .description("alerts of other systems that may switch flags off, their addresses, and how each is set up")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((options: Options) => list(options, terminal));
  triggers
    .command("secret")
    .description("print the secret of one trigger, or put another in its place; the one before works for a day")
    .argument("<name>", "name of the trigger in sluice.yaml")
    .option("--renew", "make a new secret and print it")
    .option("--set-from <file>", "take the secret that the other system has made, from a file or - for standard input")
    .addOption(urlOption)
    .option("--token <token>", "operator key or an admin's personal token (SLUICE_TOKEN)")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sluice triggers secret on-call > secret && chmod 600 secret")
    .action((name: string, options: Options & { readonly renew?: true; readonly setFrom?: string }) => secret(name, options, terminal));
}

async function list(options: Options, terminal: Terminal): Promise<void> {
  const server = connect(options);
  const { triggers } = await server.get<{ readonly triggers: readonly TriggerListing[] }>("/api/triggers");
  if (options.json) return terminal.json({ triggers: triggers.map((trigger) => ({ ...trigger, address: server.url + trigger.path })) });
  if (triggers.length === 0) terminal.out("No alert may switch anything off: sluice.yaml has no triggers.");
  for (const { name, shape, environment, flags, notArmed, perHour, path } of triggers) {
    terminal.out(`${paint(terminal, "red", name)}  ${shape}, in ${environment}, at most ${perHour} ${perHour === 1 ? "kill" : "kills"} an hour`);
    terminal.out(`  kills    ${flags.filter((flag) => !notArmed.includes(flag)).join(", ") || "nothing"}`);
    if (notArmed.length > 0) terminal.out(`  not      ${notArmed.join(", ")} (unknown, or an ops or permission flag beside others)`);
    terminal.out(`  address  ${server.url}${path}`);
    for (const [index, line] of (setUp[shape] ?? ["This version does not know the shape."]).entries())
      terminal.out(`  ${index === 0 ? "set up  " : "        "} ${line}`);
    terminal.out(paint(terminal, "dim", `  secret   sluice triggers secret ${name}`));
  }
}

async function secret(name: string, options: Options & { readonly renew?: true; readonly setFrom?: string }, terminal: Terminal): Promise<void> {
  if (options.renew === true && options.setFrom !== undefined)
    throw new CommandFailed({
      code: "cli/secret-which",
      message: "--renew makes a secret and --set-from takes one.",
      fix: "Give one of the two.",
      exitCode: 2,
    });
  const server = connect(options);
  const path = `/api/triggers/${encodeURIComponent(name)}/secret`;
  const isShown = options.renew !== true && options.setFrom === undefined;
  const given = options.setFrom === undefined ? {} : { secret: readSecret(options.setFrom) };
  const kept = isShown ? await server.get<Secret>(path) : await server.post<Secret>(path, given);
  if (options.json) return terminal.json({ name, ...kept });
  // The secret alone, so that it can go into a file or a pipe; words for people go beside it.
  if (options.setFrom === undefined) terminal.out(kept.secret);
  else terminal.say(`The trigger ${name} takes the given secret.`);
  if (kept.earlierUntilMs !== undefined) terminal.say(`The secret before it works until ${new Date(kept.earlierUntilMs).toISOString()}.`);
}

function readSecret(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8").trim();
  } catch (error) {
    throw new CommandFailed(
      { code: "cli/secret-file", message: `${file} could not be read.`, fix: "Name a file that holds the secret alone, or - for standard input.", exitCode: 2 },
      { cause: error },
    );
  }
}
