// `node tools/style-guide-page.ts` writes docs/style-guide.md: how a style guide is set up, and every rule from the engine's own table.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { guideOfPreset, guidePage, presets } from "@sluice/definitions";

/** The page as it stands in the repository. */
export function styleGuidePage(): string {
  const guide = guideOfPreset("recommended");
  if (guide === undefined) throw new Error("there is no preset recommended");
  const listed = Object.entries(presets).map(([name, { words }]) => `| \`${name}\` | ${words} |`);
  return `${SETUP}
## Presets

| \`extends\` | keys |
| --- | --- |
${listed.join("\n")}

${guidePage("The rules", guide).replaceAll(/^(#+ )/gm, "#$1")}`;
}

const SETUP = `# The style guide

Flags look the same whoever wrote them. Where \`sluice.yaml\` has \`style:\`, \`sluice validate\` and the server's list of mistakes hold every flag against it with the same rules and the same words; without \`style:\` no rule is asked. A finding of style keeps no flag from being served: it is told, and \`sluice validate\` ends with exit code 1 for errors.

This page is generated: \`node tools/style-guide-page.ts\` writes it from \`packages/definitions/src/style/\`. \`sluice style guide\` writes the same page for a project, with its own settings.

\`\`\`yaml
style:
  extends: recommended            # a preset
  case: kebab                     # kebab, camel, snake, pascal or constant, if not the preset's
  areas: { billing: team-billing, search: team-search }
  rules:
    key/words: off                # off, warning or error
    key/length: { warn: 35, max: 45 }
    meta/ticket: { pattern: "[A-Z]{2,8}-[0-9]+" }
  overrides:                      # the last one that holds for a flag wins
    - { paths: ["flags/legacy/**"], rules: { key/case: warning } }
    - { kinds: [ops], owners: [team-billing], rules: { key/words: off } }
  custom:                         # rules of your own: a pattern of one field, a JSON Schema of the file, or a module
    - { id: custom/our-tickets, field: ticket, pattern: "BIL-[0-9]+", message: Tickets of billing begin with BIL. }
    - { id: custom/tags, severity: warning, schema: { type: object, required: [tags] }, message: Every flag has tags. }
    - { id: custom/names, module: rules/names.mjs, message: Names are agreed with marketing. }
\`\`\`

- **Taking a rule back for one flag**: \`# sluice-disable key/length -- reason\` anywhere in its file, or in a file that holds one of its environments. Without a reason it does not count, and one that takes back nothing is warned about.
- **Flags that were there before the guide**: \`style-baseline.yaml\` beside \`sluice.yaml\` names findings that stay warnings. \`sluice style baseline\` writes it once; \`sluice validate --fix\` takes out what is mended; an entry that the base commit did not have is an error, so the list only becomes shorter.
- **What files do not say** (the day, the state before the change, removed keys, names of committers, CODEOWNERS) comes from Git on the command line: \`sluice validate --base origin/main\`. A rule that lacks what it needs stays silent: the server knows no Git history, so \`key/never-reused\`, \`key/immutable\`, \`key/no-person\`, \`val/type-change\` and moves of \`expires\` are checked on the command line and in pull requests.
- **A rule as JavaScript**: \`module: rules/names.mjs\` below the project's folder exports \`check(flag)\`, which is given the flag's file as plain values and returns nothing or a list of \`{ field, message, fix }\` (each may be left out). It is code of the flag repository: it runs only where \`sluice validate --modules\` or \`sluice review --modules\` says so, with the rights of whoever runs it, and never on a server or in an editor. It runs in a thread of its own and may think for five seconds about one flag; one that does not come back is stopped and told as its own finding.
- What the reader checks by itself is no rule here and cannot be turned off: the kind of a flag, its owner among \`teams\`, the code default of release and experiment flags ([errors.md](errors.md)).

## The code that asks

\`sluice style check services --flags ../flags\` holds an application's code against the rules \`code/*\`. The code may be in another repository than the flags, and with \`--url\` and a token the flags are those that a server has. \`sluice validate --code <folder>\` looks at flags and code at once, and \`sluice review --code <folder>\` at what a change brings to both: findings at lines that it writes, and elsewhere what was not there before, such as code that asks for a flag that it removes. Read are TypeScript, JavaScript, Python, Go and Java; files that Git ignores are left out, and files that hold no question are not parsed. What a company's own code looks like stands in \`sluice.yaml\`:

\`\`\`yaml
code:
  folders: [services, web]        # where code is, from the repository's root; . for all of it
  wrappers:                       # functions of your own by which code asks; places of arguments count from 0
    - { language: ts, call: features.isOn, key: 0, default: 1 }
  exclude: ["vendor/**"]
\`\`\`

Where \`folders\` are named, \`sluice review\`, the commit hook (\`sluice validate --staged\`) and [the GitHub App's check](github-app.md) look there by themselves, and \`--code\` needs no folder. Each is looked through by itself, as if \`--code\` named it: \`exclude\`, the paths of overrides and a \`style-baseline.yaml\` are of that folder. Code that imports the wrappers or constants of other code is found as that where one folder holds both. \`"@shop/app"\` is a folder in the repository of the [further source](sources.md) shop.

A question is found by what it is asked of: a client of Sluice or OpenFeature that the code makes, imports, declares or is handed, a hook or a component of the React SDKs, a wrapper, or a constant of \`sluice codegen\`. Where that cannot be told it is one only if its key is a flag's. Tests are asked nothing: they set flags as they need them.
`;

if (import.meta.main) writeFileSync(join(import.meta.dirname, "../docs/style-guide.md"), styleGuidePage());
