import type { World } from "@sluice/ports";

/** What a file of the cache holds; undefined where there is none, or it cannot be read, which is told. */
export async function readCacheFile({ disk, log }: Pick<World, "disk" | "log">, name: string): Promise<unknown> {
  try {
    const bytes = await disk.read(name);
    return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    log.warn("cache.read", { name, why: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

/** Tells of a file that is left alone. */
export const ignoreCacheFile = ({ log }: Pick<World, "log">, name: string): void =>
  log.warn("cache.read", { name, why: "it is not of the form that it was written in" });

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Environment keys are words, but a cache's name must not depend on it. */
export const hexOf = (environment: string): string => [...new TextEncoder().encode(environment)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
