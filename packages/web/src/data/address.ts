import { useEffect, useState } from "react";

/** Where the console is: the part after `#`, so that every page is served by one file from memory. */
export interface Address {
  readonly page: string;
  readonly values: URLSearchParams;
}

function read(): Address {
  const [page = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { page: page === "" ? "home" : page, values: new URLSearchParams(query) };
}

export function useAddress(): Address {
  const [address, setAddress] = useState(read);
  useEffect(() => {
    const changed = (): void => {
      setAddress(read());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return address;
}

/** The link to a page, with its values. */
export function to(page: string, values: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return `#/${page}${query.size > 0 ? `?${query.toString()}` : ""}`;
}
