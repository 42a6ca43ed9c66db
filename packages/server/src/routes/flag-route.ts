import { jsonReply, problemReply } from "@sluice/contract";
import type { HttpReply } from "@sluice/ports";
import { didYouMean } from "@sluice/releases";
import { treeOf } from "@sluice/snapshot";
import type { ControlPlane } from "../control-plane.ts";
import type { Source } from "../source/source.ts";

/** Forms shown: a flag that changed more often has its history in Git. */
const FORMS_MAX = 50;

/** `GET /api/flags/:key`: the definition as adopted, and every form it had, newest first. */
export async function flagReply(plane: ControlPlane, source: Source, key: string): Promise<HttpReply> {
  const { decisions, texts } = plane;
  await texts.need(decisions);
  const flags = texts.read(treeOf(decisions.files)).flags;
  const flag = flags.get(key);
  if (flag === undefined)
    return problemReply({
      code: "unknownFlag",
      message: `There is no flag ${JSON.stringify(key)} with a valid definition.`,
      fix: didYouMean(key, flags.keys()),
    });
  const paths = new Set(flag.files.map(([path]) => path).filter((path) => path !== "sluice.yaml"));
  const changed = decisions.adoptions.filter((adoption) => adoption.changed.some(([path]) => paths.has(path)));
  const history = await Promise.all(
    changed
      .toReversed()
      .slice(0, FORMS_MAX)
      .map(async ({ seq, commit, atMs }) => {
        const story = await source.story(commit);
        return { seq, commit, author: story?.author ?? "", subject: story?.subject ?? "", atMs: story?.atMs ?? atMs, adoptedAtMs: atMs };
      }),
  );
  const blob = decisions.files.get(flag.path) ?? "";
  return jsonReply(200, {
    key,
    file: flag.path,
    kind: flag.kind,
    definition: texts.text(blob) ?? "",
    history,
    diagnostics: [...plane.adoption.health.problems, ...(plane.adoption.health.style ?? [])].filter((problem) => problem.file === flag.path),
  });
}
