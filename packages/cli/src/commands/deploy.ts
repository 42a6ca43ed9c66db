import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, newCommand, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import type { Terminal } from "../terminal.ts";

interface RecordOptions extends ServerOptions {
  readonly service: string;
  readonly environment: string;
  readonly version?: string;
  readonly commit?: string;
  readonly status: string;
  readonly id?: string;
  readonly json?: boolean;
}

const STATUSES = ["success", "failure"];
/** What a pipeline calls its run, as part of the decision's id. */
const ID = /^[\x21-\x7e]{1,90}$/;

/** `deploy record`: what any pipeline says once a service runs in a version. It releases nothing; waves that need the version look at it. */
export function registerDeploy(program: Command, terminal: Terminal): void {
  program
    .command("deploy")
    .description("deployments, which release nothing")
    .command("record")
    .description("say that a service runs in a version from now on; waves that need it look at it")
    .requiredOption("-s, --service <name>", "the service, the same name each time")
    .requiredOption("-e, --environment <key>", "where it was deployed")
    .option("--version <version>", "the version; the commit where it is absent")
    .option("--commit <sha>", "the commit it was built from")
    .option("--status <status>", "success or failure; a failure is not recorded, since nothing runs in it", "success")
    .option("--id <id>", "the run of the pipeline: the same id again is the same deployment")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((options: RecordOptions) => record(options, terminal));
}

async function record(options: RecordOptions, terminal: Terminal): Promise<void> {
  const { service, environment, commit, status, id } = options;
  const version = options.version ?? commit;
  if (!STATUSES.includes(status)) throw wrong(`The status "${status}" is neither success nor failure.`, "Give --status success or --status failure.");
  if (version === undefined) throw wrong("Nothing says which version was deployed.", "Give --version, or --commit.");
  if (id !== undefined && !ID.test(id)) throw wrong("The id is not 1 to 90 printable characters without spaces.", "Give the number of the pipeline's run.");
  if (status === "failure") {
    if (options.json) terminal.json({ service, environment, version, isRecorded: false });
    else terminal.out(`Not recorded: the deployment of ${service} ${version} failed, so nothing runs in it.`);
    return;
  }
  const answer = await connect(options).post<{ readonly seq?: number }>("/api/deployments", {
    command: id === undefined ? newCommand() : `deploy-${id}`,
    service,
    environment,
    version,
    ...(commit === undefined ? {} : { commit }),
  });
  if (options.json) terminal.json({ service, environment, version, isRecorded: true, ...answer });
  else
    terminal.out(`${service} ${version} runs in ${environment}${answer.seq === undefined ? "" : ` (decision ${answer.seq})`}. It releases nothing by itself.`);
}

const wrong = (message: string, fix: string): CommandFailed => new CommandFailed({ code: "cli/bad-deployment", message, fix, exitCode: 2 });
