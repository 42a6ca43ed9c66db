/** A building company that uses Plumbline. All of them are invented. */
export interface Customer {
  readonly key: string;
  readonly name: string;
  readonly plan: "starter" | "pro" | "enterprise";
  readonly country: string;
  /** Where its people are: their days are told by this clock. */
  readonly zone: string;
  readonly site: string;
  readonly manager: string;
  /** Degrees Celsius, wind in km/h and chance of rain in percent for four parts of the day. */
  readonly weather: readonly (readonly [part: string, degrees: number, wind: number, rain: number])[];
}

/** Everybody the demo can sign in as. */
export const customers: readonly Customer[] = [
  {
    key: "acme-build",
    name: "Acme Build",
    plan: "enterprise",
    country: "DE",
    zone: "Europe/Berlin",
    site: "Harbour Quarter, Block C",
    manager: "Jonas Weber",
    weather: [
      ["07", 6, 14, 10],
      ["10", 9, 22, 15],
      ["13", 11, 38, 60],
      ["16", 8, 31, 80],
    ],
  },
  {
    key: "northgate-homes",
    name: "Northgate Homes",
    plan: "pro",
    country: "GB",
    zone: "Europe/London",
    site: "Mill Lane, Phase 2",
    manager: "Priya Nair",
    weather: [
      ["07", 4, 9, 5],
      ["10", 7, 11, 5],
      ["13", 9, 12, 10],
      ["16", 7, 10, 20],
    ],
  },
  {
    key: "kestrel-civils",
    name: "Kestrel Civils",
    plan: "starter",
    country: "NZ",
    zone: "Pacific/Auckland",
    site: "Route 6 Culvert",
    manager: "Tama Rewiti",
    weather: [
      ["07", 12, 18, 0],
      ["10", 16, 20, 0],
      ["13", 19, 24, 5],
      ["16", 18, 28, 5],
    ],
  },
  {
    key: "brickline",
    name: "Brickline",
    plan: "pro",
    country: "SE",
    zone: "Europe/Stockholm",
    site: "Söder School Extension",
    manager: "Elin Åkesson",
    weather: [
      ["07", -2, 8, 0],
      ["10", 0, 9, 0],
      ["13", 1, 12, 30],
      ["16", -1, 14, 40],
    ],
  },
];

/** The customer of a key; the first one where there is none. */
export function customerOf(key: string | null | undefined): Customer {
  const [first] = customers;
  const found = customers.find((customer) => customer.key === key) ?? first;
  if (found === undefined) throw new Error("the demo has no customers");
  return found;
}
