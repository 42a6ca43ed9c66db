import type { HttpRequest } from "@sluice/ports";

/** Addresses of one repository in a webhook, as GitHub, Gitea, Forgejo and GitLab name them. */
const ADDRESS_FIELDS = ["clone_url", "ssh_url", "html_url", "git_http_url", "git_ssh_url", "git_url", "homepage", "url"];

/**
 * The sources that a host's webhook is about, by the address of its repository; `undefined` for a hook that names none of ours: then all are
 * looked at. Whoever sends it can make us look, and no more.
 */
export function hookedSources(request: HttpRequest, places: ReadonlyMap<string, string>): readonly (string | undefined)[] | undefined {
  const named = new Set(addressesIn(request.body).map(repositoryOf));
  const found = [...places].flatMap(([name, place]) => (named.has(repositoryOf(place.split(", ")[0] ?? "")) ? [name === "" ? undefined : name] : []));
  return found.length === 0 ? undefined : found;
}

function addressesIn(body: Uint8Array): readonly string[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // A hook made by hand has any body, or none.
    return [];
  }
  if (typeof json !== "object" || json === null) return [];
  const parts = [json, "repository" in json ? json.repository : undefined, "project" in json ? json.project : undefined];
  return parts.flatMap((part) =>
    typeof part === "object" && part !== null
      ? Object.entries(part).flatMap(([key, value]) => (ADDRESS_FIELDS.includes(key) && typeof value === "string" ? [value] : []))
      : [],
  );
}

/** Host and path: the same repository by HTTPS and by SSH. */
function repositoryOf(address: string): string {
  const scp = /^(?:[^/@]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(address);
  const parsed = scp === null && URL.canParse(address) ? new URL(address) : undefined;
  const [host, path] = parsed === undefined ? [scp?.[1] ?? "", scp?.[2] ?? address] : [parsed.host, parsed.pathname];
  return `${host}/${path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "")}`.toLowerCase();
}
