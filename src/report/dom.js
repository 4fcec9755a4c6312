// Elements, tables, numbers and files.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A number for people; negative decimals round to tens, hundreds. */
export function formatNumber(value, decimals, locale) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const minus = (text) => text.replace("-", "\u2212");
  if (decimals === undefined) return minus(value.toLocaleString(locale, { maximumSignificantDigits: 5 }));
  const unit = 10 ** Math.max(0, -decimals), digits = Math.max(0, Math.min(9, decimals));
  const rounded = decimals < 0 ? Math.round(value / unit) * unit : value;
  return minus((rounded + 0).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "negative" }));
}

/** Time stamps are kept as numbers for the figures and shown as dates. */
const plain = (column, value) => (column.key === "date" && typeof value === "number" ? new Date(value).toISOString().slice(0, 10) : value);

export function table(columns, rows, at, caption) {
  const isNumber = (column) => column.key !== "date" && rows.some((row) => typeof row[column.key] === "number");
  const body = element("tbody");
  const classes = columns.map((column) => (isNumber(column) ? { class: "number" } : {}));
  for (const row of rows) {
    const line = element("tr");
    columns.forEach((column, i) => {
      const value = plain(column, row[column.key]);
      const shown = typeof value === "number" ? at.number(value, row.decimals?.[column.key]) : value ?? (isNumber(column) ? "–" : "");
      const kind = /^\d{4}-\d\d-\d\d$/.test(shown) ? { class: "date" } : classes[i];
      line.append(i === 0 ? element("th", { scope: "row" }, String(shown)) : element("td", kind, String(shown)));
    });
    body.append(line);
  }
  const head = element("tr");
  columns.forEach((column, i) => head.append(element("th", { scope: "col", ...classes[i] }, column.title)));
  return element("table", {}, element("caption", {}, caption), element("thead", {}, head), body);
}

/** Quoted where needed; a leading = + - @ in a text would be run as a formula by spreadsheets. */
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvText(columns, rows) {
  const lines = [columns.map((column) => csvCell(column.key)), ...rows.map((row) => columns.map((column) => csvCell(plain(column, row[column.key]))))];
  return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
}

export function download(name, columns, rows) {
  const url = URL.createObjectURL(new Blob(["\ufeff", csvText(columns, rows)], { type: "text/csv;charset=utf-8" }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
