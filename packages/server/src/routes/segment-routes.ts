import {
  commandBody,
  decideRevertBody,
  type FoundRoute,
  jsonReply,
  problemReply,
  readBody,
  resultReply,
  revertBody,
  type SegmentDetail,
  type SegmentListing,
} from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import { didYouMean } from "@sluice/releases";
import { type AdoptedSegment, flagsAsking, treeOf } from "@sluice/snapshot";
import type { Person } from "@sluice/store";
import type { ControlPlane } from "../control-plane.ts";
import { pastForms } from "../past-forms.ts";
import type { Reverts } from "../reverts.ts";

interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  readonly person: Person;
}

/** Segments, and earlier forms of them and of flags that are served by decision; `undefined` for a route of somebody else. */
export async function segmentReply(plane: ControlPlane, reverts: Reverts, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const id = found.values["id"] ?? "";
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/segments":
      await plane.freshen();
      return jsonReply(200, { segments: await listings(plane) });
    case "GET /api/segments/:key":
      await plane.freshen();
      return detailReply(plane, found.values["key"] ?? "");
    case "GET /api/reverts":
      await plane.freshen();
      return jsonReply(200, { waiting: await reverts.waiting() });
    case "POST /api/reverts": {
      const body = readBody(revertBody, request.body);
      return body.ok ? resultReply(body.value.dryRun === true ? 200 : 201, await reverts.revert(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/reverts/:id/decide": {
      const body = readBody(decideRevertBody, request.body);
      return body.ok ? resultReply(200, await reverts.decide(person, id, body.value)) : problemReply(body.problem);
    }
    case "POST /api/reverts/:id/end": {
      const body = readBody(commandBody, request.body);
      return body.ok ? resultReply(200, await reverts.end(person, id, body.value.command)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}

/** As adopted, and those that are served by a revert alone; by key. */
async function segmentsOf({ decisions, texts }: ControlPlane): Promise<ReadonlyMap<string, AdoptedSegment>> {
  await texts.need(decisions);
  const reverted = Object.values(decisions.environments).flatMap(({ segmentReverts }) => segmentReverts.entriesSorted());
  const found = new Map(reverted.flatMap(([key, { blobs }]) => [...texts.read(blobs).segments].filter(([name]) => name === key)));
  for (const [key, segment] of texts.read(treeOf(decisions.files)).segments) found.set(key, segment);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function listings(plane: ControlPlane): Promise<readonly SegmentListing[]> {
  return [...(await segmentsOf(plane))].map(([key, segment]) => listing(plane, key, segment));
}

function listing(plane: ControlPlane, key: string, { description, isRuntimeList }: AdoptedSegment): SegmentListing {
  return {
    key,
    ...(description === undefined ? {} : { description }),
    isRuntimeList: isRuntimeList === true,
    environments: Object.entries(plane.decisions.environments)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([environment, own]) => {
        const revert = own.segmentReverts.get(key)?.id;
        return { environment, flags: flagsAsking(plane.state(environment)?.snapshot, key), ...(revert === undefined ? {} : { revert }) };
      }),
  };
}

async function detailReply(plane: ControlPlane, key: string): Promise<HttpReply> {
  const segments = await segmentsOf(plane);
  const segment = segments.get(key);
  if (segment === undefined) {
    const message = `There is no segment ${JSON.stringify(key)} with a valid definition.`;
    return problemReply({ code: "unknownSegment", message, fix: didYouMean(key, segments.keys()) });
  }
  const own = segment.files.find(([, blob]) => blob === segment.blob);
  const paths = segment.files.map(([path]) => path).filter((path) => path !== "sluice.yaml");
  return jsonReply(200, {
    ...listing(plane, key, segment),
    file: own?.[0] ?? "",
    definition: plane.texts.text(segment.blob) ?? "",
    history: await pastForms(plane, paths),
  } satisfies SegmentDetail);
}
