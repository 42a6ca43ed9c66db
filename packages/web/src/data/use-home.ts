import { type Context, createContext, useContext } from "react";
import type { HomeView } from "./release-data.ts";
import type { Resource } from "./resource.ts";

/** What waits for this person and what begins soon: asked for once, around every page, and read by the rail as by the page. */
export const HomeAnswer: Context<Resource<HomeView>> = createContext<Resource<HomeView>>({});

/** The answer that the shell keeps current; `again` asks anew for the page and the rail together. */
export function useHome(): Resource<HomeView> {
  return useContext(HomeAnswer);
}
