import { expect, test } from "vitest";
import { type CustomersCsv, readCustomersCsv } from "./read-customers.ts";
import { writeCustomersCsv } from "./write-customers.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, littleEndian: boolean): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(text.length * 2));
  for (let at = 0; at < text.length; at += 1) bytes.setUint16(at * 2, text.charCodeAt(at), littleEndian);
  return new Uint8Array(bytes.buffer);
};

function read(file: string | Uint8Array): CustomersCsv {
  const result = readCustomersCsv(typeof file === "string" ? utf8(file) : file);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}
const refusal = (file: string | Uint8Array): string => {
  const result = readCustomersCsv(typeof file === "string" ? utf8(file) : file);
  return result.ok ? "read" : `${result.problem.message} ${result.problem.fix}`;
};
const problems = (file: string): readonly string[] =>
  read(file).problems.map(({ line, column, kind, message }) => `${line}:${column ?? "-"} ${kind} ${message}`);

test("a row is read as its columns say, whatever their order, separator and line ends", () => {
  const acme = { line: 2, key: "acme", name: "Acme, Build", zone: "Europe/Berlin", track: "early", tags: ["enterprise", "pro"], owner: "jo@example.com" };
  for (const file of [
    'key,name,zone,track,tags,owner\nacme,"Acme, Build",Europe/Berlin,early,pro;Enterprise,jo@example.com\n',
    "Customer ID;Company name;Time zone;Ring;Labels;CSM\r\nacme;Acme, Build;Europe/Berlin;beta;pro|enterprise;jo@example.com",
    "owner\tname\tkey\ttz\ttags\ttrack\rjo@example.com\tAcme, Build\tacme\tEurope/Berlin\tenterprise, pro\tEarly access\r",
  ])
    expect(read(file).rows, file).toEqual([acme]);
  expect(read("sep=;\nkey;name\na;b\n")).toMatchObject({ separator: ";", rows: [{ line: 3, key: "a", name: "b" }] });
  expect(read("key,note\nacme,hello\n")).toMatchObject({ rows: [{ line: 2, key: "acme" }], ignoredColumns: ["note"] });
});

test("mixed line ends, rows of nothing and cells over several lines keep their line numbers", () => {
  const file = 'key,name\r\na,A\nb,"B\nof two"\r\n\n,\nc,C\r\n';
  expect(problems(file)).toEqual(['3:2 leftOut It has a control character in the name "B\\nof two"; expected: text in one line.']);
  expect(read(file).rows.map(({ line, key }) => [line, key])).toEqual([
    [2, "a"],
    [7, "c"],
  ]);
});

test("every encoding that spreadsheets write is read, and named", () => {
  const text = "key,name\nmüller,Müller € – Søn\n";
  const row = { line: 2, key: "müller", name: "Müller € – Søn" };
  const windows = Uint8Array.from([
    ...utf8("key,name\nm"),
    0xfc,
    ...utf8("ller,M"),
    0xfc,
    ...utf8("ller "),
    0x80,
    0x20,
    0x96,
    ...utf8(" S"),
    0xf8,
    ...utf8("n\n"),
  ]);
  for (const [bytes, encoding] of [
    [utf8(text), "UTF-8"],
    [utf8(`\uFEFF${text}`), "UTF-8"],
    [utf16(`\uFEFF${text}`, true), "UTF-16 LE"],
    [utf16(`\uFEFF${text}`, false), "UTF-16 BE"],
    [utf16(text, true), "UTF-16 LE"],
    [utf16(text, false), "UTF-16 BE"],
    [windows, "Windows-1252"],
  ] as const)
    expect(read(bytes), encoding).toMatchObject({ encoding, rows: [row] });
});

test("what is no CSV is refused as a whole, with what to do", () => {
  expect(refusal(Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0))).toContain("workbook (.xlsx)");
  expect(refusal(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 1))).toContain("workbook of an older spreadsheet");
  expect(refusal(Uint8Array.of(...utf8("key\na"), 0, 1, 2, 3))).toContain("zero bytes");
  expect(refusal(Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8("key\n"), 0xff))).toContain("says that it is Unicode");
  expect(refusal(Uint8Array.of(0xff, 0xfe, 0x6b, 0, 0x00, 0xd8))).toContain("says that it is Unicode");
  expect(refusal("")).toContain("empty");
  expect(refusal("\n\n  \n")).toContain("empty");
  expect(refusal("name,zone\nAcme,\n")).toContain("no column for the key");
  expect(refusal("keey,name\nacme,\n")).toContain('Is "keey" it?');
  expect(refusal("key,id\na,b\n")).toContain("both say the key");
  expect(refusal(new Uint8Array((8 << 20) + 1))).toContain("8388608 are allowed");
});

test("a quote that is wrong refuses the file and names the row", () => {
  expect(refusal('key,name\na,A\nb,"never closed\nc,C\n')).toContain("The row that begins on line 3 opens a quote that is never closed");
  expect(refusal(`key,name\nb,"never closed\n${"c,C\n".repeat(40_000)}`)).toContain("The row that begins on line 2 opens a quote that is never closed");
  expect(refusal('key,name\n"a"x,A\n')).toContain("The row that begins on line 2 has text behind a closing quote");
  expect(refusal('key,name\na"x,A\n')).toContain("The row that begins on line 2 has a quote in the middle of a cell");
  expect(read('key,name\na,"Harrow ""North"" Ltd"\n').rows[0]?.name).toBe('Harrow "North" Ltd');
});

test("a row that is wrong anywhere is left out whole and named by line and column", () => {
  expect(problems("key,name,zone,track\n,Nobody,,\na,A,Berlin,\nb,B,,fast\nc,C,+01:00,\nd,D,Europe/Berlin,late,more\ne,E,,\n")).toEqual([
    "2:1 leftOut It has no key; expected: what your application sends as its customer.",
    '3:3 leftOut It has the time zone "Berlin"; expected: a name of the IANA database, such as Europe/Berlin.',
    '4:4 leftOut It has the track "fast"; expected: ourselves, early, standard or late.',
    '5:3 leftOut It has the time zone "+01:00"; expected: a name of the IANA database, such as Europe/Berlin.',
    "6:- leftOut It has 5 cells; the first line names 4.",
  ]);
  expect(read("key,zone\na,Berlin\n").problems[0]?.fix).toContain("Europe/Berlin");
});

test("of a key that is there twice the first row is imported; keys that differ in case are two customers, with a remark", () => {
  const file = read("key,name\nacme,First\nacme,Second\nACME,Third\n");
  expect(file.rows.map(({ key, name }) => [key, name])).toEqual([
    ["acme", "First"],
    ["ACME", "Third"],
  ]);
  expect(file).toMatchObject({ leftOut: 1, remarks: 1 });
  expect(file.problems.map(({ line, kind }) => [line, kind])).toEqual([
    [3, "leftOut"],
    [4, "remark"],
  ]);
});

test("what a spreadsheet would run is text here, remarked on, and neutralised in an export that reads back the same", () => {
  const names = ['=HYPERLINK("http://x")', "+49 89", "-1+1", "@SUM(A1)", "'=quoted", "plain"];
  const exported = writeCustomersCsv(names.map((name, index) => ({ key: `c${index}`, name, track: "standard", tags: ["a", "b"] })));
  for (const line of exported.split("\r\n").slice(1)) expect(/(^|,)"?[=+\-@]/.test(line), line).toBe(false);
  const back = read(exported);
  expect(back.rows.map(({ name }) => name)).toEqual(names);
  expect(back.rows[0]?.tags).toEqual(["a", "b"]);
  expect(problems("key,name\na,=1+1\n")).toEqual(['2:2 remark The name "=1+1" begins as a formula of a spreadsheet does. It is imported as text.']);
});

test("fifty thousand rows are read; one more is refused, and of many problems a hundred are listed", () => {
  const rows = (count: number): string => `key,name\n${Array.from({ length: count }, (_, index) => `k${index},Name ${index}\n`).join("")}`;
  expect(read(rows(50_000)).rows).toHaveLength(50_000);
  expect(refusal(rows(50_001))).toContain("50001 rows; 50000 are allowed");
  const many = read(`key,track\n${Array.from({ length: 500 }, (_, index) => `k${index},wrong\n`).join("")}`);
  expect([many.leftOut, many.problems.length]).toEqual([500, 100]);
});
