import type { DrillView } from "@sluice/contract";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, newCommand, type ServerConnection, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface DrillOptions extends ServerOptions {
  readonly environment: string;
  readonly list?: true;
  readonly json?: boolean;
}

/** A drill ends by itself after half a minute; its end is awaited for a little longer. */
const END_MS_MAX = 60_000;
const LOOK_EVERY_MS = 200;

export function registerDrill(program: Command, terminal: Terminal): void {
  program
    .command("drill")
    .description("kill the flag that sluice.yaml names for it, see who confirms, and lift it again")
    .option("-e, --environment <key>", "where", "production")
    .option("--list", "say what is drilled where, and what came of the last one; do nothing")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nEnds with 0 where every connected process confirmed, with 1 where one did not, a relay was cut off, or none was there.")
    .action((options: DrillOptions) => (options.list === true ? list(options, terminal) : drill(options, terminal)));
}

const drillsOf = async (server: ServerConnection): Promise<readonly DrillView[]> =>
  (await server.get<{ readonly drills: readonly DrillView[] }>("/api/drills")).drills;

async function list(options: DrillOptions, terminal: Terminal): Promise<void> {
  const drills = await drillsOf(connect(options));
  if (options.json) return terminal.json({ drills });
  if (drills.length === 0) terminal.out("sluice.yaml names no drill. Write for example: drills: { production: { flag: checks.fire-drill, every: 7 } }");
  for (const { environment, flag, every, customer, running, last, everybodyWithinDays } of drills) {
    const due = every === undefined ? "when somebody asks" : every === 1 ? "every day" : `every ${every} days`;
    terminal.out(`${environment}: ${flag}${customer === undefined ? "" : ` for ${customer} alone`}, ${due}${running === undefined ? "" : "; one goes on now"}`);
    if (everybodyWithinDays !== undefined)
      terminal.out(`       no release reaches everybody unless one went well within ${everybodyWithinDays === 1 ? "a day" : `${everybodyWithinDays} days`}`);
    terminal.out(`       ${last === undefined ? "never yet" : `${new Date(last.atMs).toISOString()}: ${endWords(last)}`}`);
  }
}

async function drill(options: DrillOptions, terminal: Terminal): Promise<void> {
  const server = connect(options);
  const { environment } = options;
  const { kill, flags } = await server.post<{ readonly kill: string; readonly flags: readonly string[] }>("/api/drills", {
    command: newCommand(),
    environment,
  });
  if (!options.json) terminal.out(`${paint(terminal, "red", "Killed")} ${flags.join(", ")} in ${environment}, for a drill; it is lifted by itself.`);
  const last = await endOf(server, { kill, environment });
  if (options.json) terminal.json({ ...last, flags, environment });
  else terminal.out(`${endWords(last)} It is lifted.`);
  const failed = failureOf(last);
  if (failed !== undefined) throw new CommandFailed({ code: "cli/drill", ...failed, exitCode: 1 });
}

function failureOf({ of, confirmed, cutOff = 0 }: NonNullable<DrillView["last"]>): { readonly message: string; readonly fix: string } | undefined {
  if (cutOff > 0)
    return {
      message: `${cutOff === 1 ? "A relay was" : `${cutOff} relays were`} cut off.`,
      fix: "Bring it back, or wait an hour after taking it down for good.",
    };
  if (of === 0) return { message: "No process was connected, so nothing was tried.", fix: "Connect a service, and drill again." };
  return confirmed === of ? undefined : { message: `${of - confirmed} of ${of} processes did not confirm.`, fix: "sluice kills --past names them." };
}

async function endOf(
  server: ServerConnection,
  { kill, environment }: { readonly kill: string; readonly environment: string },
): Promise<NonNullable<DrillView["last"]>> {
  const end = performance.now() + END_MS_MAX;
  for (;;) {
    const last = (await drillsOf(server)).find((one) => one.environment === environment)?.last;
    if (last?.kill === kill) return last;
    if (performance.now() > end)
      throw new CommandFailed({
        code: "cli/drill",
        message: `The drill has not ended within ${END_MS_MAX / 1000} s.`,
        fix: `Look at sluice kills; sluice lift ${kill} ends it.`,
        exitCode: 1,
      });
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}

/** "12 of 12 connected processes confirmed, the last after 0.04 s." */
function endWords({ of, confirmed, cutOff = 0, allMs }: NonNullable<DrillView["last"]>): string {
  const cut = cutOff === 0 ? "" : ` ${cutOff} ${cutOff === 1 ? "relay was" : "relays were"} cut off, and whoever is behind could not be asked.`;
  if (of === 0) return `nobody was connected.${cut}`;
  return `${confirmed} of ${of} connected ${of === 1 ? "process" : "processes"} confirmed${allMs === undefined ? "" : `, the last after ${(allMs / 1000).toFixed(2)} s`}.${cut}`;
}
