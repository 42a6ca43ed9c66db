/** One line of the site diary. */
export interface DiaryEntry {
  readonly at: string;
  readonly who: string;
  readonly trade: "Concrete" | "Steel" | "Electrical" | "Safety" | "Survey";
  readonly text: string;
  /** Number of the photo on the plan. */
  readonly photo?: number;
  /** Length of a voice note in seconds. */
  readonly voiceSeconds?: number;
}

/** A photo on the plan; x and y in percent of its width and height. */
export interface PhotoPin {
  readonly number: number;
  readonly x: number;
  readonly y: number;
  readonly title: string;
}

export interface Invoice {
  readonly number: string;
  readonly supplier: string;
  readonly due: string;
  readonly cents: number;
  readonly state: "due" | "paid" | "late";
}

/** What happened today; the same story on every site, so that only the features differ between customers. */
export const diary: readonly DiaryEntry[] = [
  { at: "06:52", who: "Lotte Brandt", trade: "Safety", text: "Gate 2 opened. Scaffold tags checked on levels 1 to 4, all green." },
  { at: "07:40", who: "Sam Okafor", trade: "Concrete", text: "Pour of slab 3B started, 42 m³ ordered. Pump on the south side.", photo: 1, voiceSeconds: 24 },
  { at: "09:15", who: "Ines Duarte", trade: "Survey", text: "Column line D is 4 mm off at level 3. Within tolerance; noted for the next lift.", photo: 2 },
  {
    at: "10:30",
    who: "Marek Zielinski",
    trade: "Steel",
    text: "Two beams short on the delivery. Supplier sends them tomorrow before 08:00.",
    photo: 3,
    voiceSeconds: 41,
  },
  { at: "11:05", who: "Aroha Ngata", trade: "Electrical", text: "Risers 1 and 2 pulled up to level 3. Riser 3 waits for the fire stop." },
];

/** Where today's photos were taken. */
export const pins: readonly PhotoPin[] = [
  { number: 1, x: 27, y: 62, title: "Pump at slab 3B" },
  { number: 2, x: 58, y: 33, title: "Column line D" },
  { number: 3, x: 80, y: 70, title: "Beams as delivered" },
];

export const invoices: readonly Invoice[] = [
  { number: "2026-1184", supplier: "Rhein Beton", due: "27 Nov", cents: 1_284_000, state: "due" },
  { number: "2026-1179", supplier: "Stahlwerk Nord", due: "20 Nov", cents: 4_310_550, state: "late" },
  { number: "2026-1171", supplier: "Kran & Hub", due: "14 Nov", cents: 620_000, state: "paid" },
];

/** Invoices as CSV. Texts that a spreadsheet would take for a formula are quoted with an apostrophe. */
export function invoicesCsv(): string {
  const cell = (text: string): string => `"${(/^[=+\-@]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const rows = invoices.map(({ number, supplier, due, cents, state }) =>
    [cell(number), cell(supplier), cell(due), (cents / 100).toFixed(2), cell(state)].join(","),
  );
  return `${["number,supplier,due,amount,state", ...rows].join("\r\n")}\r\n`;
}
