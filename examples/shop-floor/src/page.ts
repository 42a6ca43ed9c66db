import { escapeHtml, type Html } from "./board.ts";
import { customers, type Customer } from "./customers.ts";

/** The whole page of one customer, with this in its middle, as it was at this stand of changes. */
export function page(customer: Customer, { middle, since }: { readonly middle: Html; readonly since: string }): string {
  const links = customers
    .map(({ key, name }) => `<a href="/?customer=${key}"${key === customer.key ? ' aria-current="page"' : ""}>${escapeHtml(name)}</a>`)
    .join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(customer.site)} · Plumbline</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(MARK)}">
<link rel="stylesheet" href="/plumbline.css">
<script src="/plumbline.js" defer></script>
</head>
<body data-customer="${escapeHtml(customer.key)}" data-since="${escapeHtml(since)}">
<header>
  <a class="brand" href="/?customer=${customer.key}">${MARK}<span>Plumbline</span></a>
  <nav aria-label="Company">${links}</nav>
  <p class="me"><span>${escapeHtml(customer.manager)}</span><small>Site manager, <a href="/early?customer=${customer.key}">try new things early</a></small></p>
</header>
<main id="board">${middle}</main>
<footer>Plumbline is an invented company. Its page shows what Sluice does to a product in use.</footer>
</body>
</html>`;
}

const MARK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24"><path d="M12 1v9" stroke="#f2c14e" stroke-width="2"/><path d="M7 10h10l-1.5 6L12 23l-3.5-7z" fill="#f2c14e"/></svg>`;
