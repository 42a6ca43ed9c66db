import type { Customer } from "./customers.ts";
import type { Features } from "./features.ts";
import { diary, invoices, pins, type DiaryEntry } from "./site-day.ts";

/** The report that the background worker made last for a customer. */
export interface Report {
  readonly customer: string;
  readonly at: string;
  readonly pages: number;
}

/** HTML that may be put into a page as it is. */
export type Html = string & { readonly brand?: "html" };

/** Writes text into HTML. */
export function escapeHtml(text: string): Html {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/**
 * The board of one customer in named slots. The browser script exchanges slots one by one, so a feature that goes away
 * fades out and the rest of the page stays where the reader's eyes are.
 */
export function board(customer: Customer, features: Features, report: Report | undefined): Html {
  return `
    ${slot("weather", features.weatherStrip ? weather(customer) : "")}
    <div class="columns">
      <section class="diary" aria-labelledby="today">
        ${slot("headline", headline(customer, features.headline))}
        <ol>${diary.map((entry) => diaryEntry(entry, features)).join("")}</ol>
      </section>
      <aside>
        <section class="card plan" aria-labelledby="plan-title">
          <h2 id="plan-title">Level 3 plan</h2>
          <div class="sheet">${PLAN}${slot("pins", features.photoPins ? photoPins() : "")}</div>
        </section>
        <section class="card" aria-labelledby="invoices-title">
          <div class="card-head"><h2 id="invoices-title">Invoices</h2>${slot("export", features.invoiceExport ? exportButton(customer) : "")}</div>
          ${invoiceTable()}
        </section>
        ${slot("report", features.dailyReport ? dailyReport(report) : "")}
      </aside>
    </div>`;
}

function slot(name: string, html: Html): Html {
  return `<div class="slot" data-slot="${name}"><div class="slot-inner">${html}</div></div>`;
}

function headline(customer: Customer, wording: string): Html {
  const photos = diary.filter((entry) => entry.photo !== undefined).length;
  const late = invoices.filter((invoice) => invoice.state === "late").length;
  const titles: Readonly<Record<string, string>> = {
    progress: "Slab 3B is being poured; two beams come tomorrow",
    numbers: `${diary.length} entries, ${photos} photos, ${late} invoice late`,
  };
  return `<p class="site">${escapeHtml(customer.site)}</p><h1 id="today">${titles[wording] ?? "Today on site"}</h1>`;
}

function weather(customer: Customer): Html {
  const worst = customer.weather.reduce((most, [, , wind]) => Math.max(most, wind), 0);
  const parts = customer.weather.map(
    ([part, degrees, wind, rain]) =>
      `<li${wind >= 35 ? ' class="gust"' : ""}><span>${part}:00</span><b>${degrees}°</b><span>${wind} km/h</span><span class="rain" style="--rain:${rain}%"><i></i>${rain} %</span></li>`,
  );
  const note = worst >= 35 ? `Gusts of ${worst} km/h at midday: no lifts with the tower crane.` : "No wind limit for lifts today.";
  return `<section class="weather" aria-label="Weather on site"><ul>${parts.join("")}</ul><p>${note}</p></section>`;
}

function diaryEntry(entry: DiaryEntry, features: Features): Html {
  const photo =
    entry.photo === undefined
      ? ""
      : slot(`photo-${entry.photo}`, features.photoPins ? `<a class="chip" href="#pin-${entry.photo}"><i class="dot">${entry.photo}</i>On the plan</a>` : "");
  const voice = entry.voiceSeconds === undefined ? "" : slot(`voice-${entry.at}`, features.voiceNotes ? voiceNote(entry.voiceSeconds) : "");
  return `<li><time>${entry.at}</time><div><p class="who">${escapeHtml(entry.who)}<span class="trade t-${entry.trade.toLowerCase()}">${entry.trade}</span></p><p>${escapeHtml(entry.text)}</p><div class="chips">${photo}${voice}</div></div></li>`;
}

function voiceNote(seconds: number): Html {
  const bars = Array.from({ length: 18 }, (_, at) => `<i style="height:${20 + ((at * 37 + seconds * 11) % 75)}%"></i>`).join("");
  return `<span class="chip voice" role="img" aria-label="Voice note, ${seconds} seconds"><b aria-hidden="true">▶</b><span class="wave">${bars}</span>0:${String(seconds).padStart(2, "0")}</span>`;
}

function photoPins(): Html {
  return pins
    .map(
      ({ number, x, y, title }) => `<span class="pin" id="pin-${number}" style="left:${x}%;top:${y}%"><b>${number}</b><span>${escapeHtml(title)}</span></span>`,
    )
    .join("");
}

function exportButton(customer: Customer): Html {
  return `<a class="button" href="/invoices.csv?customer=${encodeURIComponent(customer.key)}" download>Export CSV</a>`;
}

function invoiceTable(): Html {
  const rows = invoices.map(
    ({ number, supplier, due, cents, state }) =>
      `<tr><td>${number}</td><td>${escapeHtml(supplier)}</td><td class="due ${state}">${state === "paid" ? "Paid" : state === "late" ? `Late, ${due}` : `Due ${due}`}</td><td class="amount">${(cents / 100).toLocaleString("en-GB", { minimumFractionDigits: 2 })} €</td></tr>`,
  );
  return `<table><thead><tr><th>Number</th><th>Supplier</th><th>State</th><th class="amount">Amount</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function dailyReport(report: Report | undefined): Html {
  const text =
    report === undefined
      ? "The first report of today is being put together."
      : `Made at ${escapeHtml(report.at)}, ${report.pages} pages, sent to the site team.`;
  return `<section class="card report" aria-labelledby="report-title"><h2 id="report-title">Daily report</h2><p>${text}</p></section>`;
}

/** A floor plan drawn by hand: outer walls, columns, the core with stairs, the slab being poured. */
const PLAN: Html = `<svg viewBox="0 0 400 250" aria-hidden="true"><rect x="24" y="24" width="352" height="202" class="wall"/><path d="M24 130H150V226M150 130H210M250 130H376M210 24V92M290 24V92" class="wall thin"/><rect x="210" y="92" width="80" height="70" class="core"/><path d="M210 110h30M210 122h30M210 134h30M210 146h30M250 92l40 70M290 92l-40 70" class="hair"/><rect x="24" y="130" width="126" height="96" class="pour"/>${[24, 112, 200, 288, 376].flatMap((x) => [24, 125, 226].map((y) => `<rect x="${x - 4}" y="${y - 4}" width="8" height="8" class="column"/>`)).join("")}<path d="M24 12h352M12 24v202" class="hair"/><text x="200" y="10">35.2 m</text><text x="40" y="214">Slab 3B</text></svg>`;
