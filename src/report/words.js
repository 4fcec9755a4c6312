// What the page says in words and in plain tables.
import { element, table } from "./dom.js";
import { calendarYear, periodLabel, periodWords, policyMarks, rangeOf, rowsOf } from "./rows.js";

/** The duty on these exports in the last period, in both scenarios. */
export function dutySentence(at) {
  const last = at.data.periods.length - 1, [duty] = rowsOf(at, "summary", "duty", last);
  if (!duty) return "";
  return at.t("headline.duty", { when: periodWords(at, last), against: at.scenarioName(at.scenario), base: at.scenarioName(at.base),
    with: at.number(duty.with.mean, duty.with.decimals), without: at.number(duty.without.mean, duty.without.decimals) });
}

export function summaryTable(at) {
  const { periods } = at.data, [first] = periods, last = periods[periods.length - 1];
  // a calendar year that is the first or the last one is shown once
  const again = (p) => p !== first && p !== last && [first, last].some((q) => q.begin === p.begin && q.end === p.end);
  const chosen = at.comparison.rows.filter((row) => row.by === "summary" && !again(periods[row.period]));
  const rows = chosen.map((row) => {
    const d = row.difference.decimals;
    return {
      outcome: at.t(`outcome.${row.outcome}`), period: calendarYear(periods[row.period]) ? periodLabel(at, row.period) : at.periodName(periods[row.period]),
      unit: at.t(`unit.${row.unit}`), without: row.without.mean, with: row.with.mean, mean: row.difference.mean,
      error: row.difference.error, ...rangeOf(row.difference),
      probability: row.difference.negative,
      decimals: { without: row.without.decimals, with: row.with.decimals, mean: d, error: d, low: d, high: d, probability: 2 },
    };
  });
  const titles = { without: at.scenarioName(at.base), with: at.scenarioName(at.scenario) };
  const columns = ["outcome", "period", "unit", "without", "with", "mean", "error", "low", "high", "probability"]
    .map((key) => ({ key, title: titles[key] ?? at.t(key) }));
  const box = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": at.t("summary.title") },
    table(columns, rows, at, at.t("summary.caption")));
  box.id = "summary";
  return box;
}

export function policyTable(at) {
  const marks = policyMarks(at).map((mark) => ({
    number: String(mark.number), effective: mark.effective, announced: mark.announced ?? "", end: mark.end ?? "", id: mark.id ?? "",
    rate: mark.rate === null ? "" : String(mark.rate), legal: mark.legal ?? "", kind: at.t(`kind.${mark.kind ?? "additive"}`),
    regime: mark.regime ?? at.t("common"),
  }));
  if (marks.length === 0) return element("p", { class: "note" }, at.t("policy.none"));
  const columns = ["number", "effective", "announced", "end", "id", "kind", "rate", "regime", "legal"].map((key) => ({ key, title: at.t(key) }));
  return element("div", {}, element("h3", {}, at.t("policy.title")),
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": at.t("policy.title") },
      table(columns, marks, at, at.t("policy.caption"))));
}

export function assumptions(at) {
  const { data, t } = at;
  // three digits of the range, the same in the whole row
  const decimals = (low, high) => Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.max(Math.abs(high - low), 1e-9)))));
  const draws = data.draws.map(([name, unit, mean, low, middle, high]) => {
    const d = decimals(low, high);
    return { name, unit, mean, low, middle, high, decimals: { mean: d, low: d, middle: d, high: d } };
  });
  const drawColumns = ["name", "unit", "mean", "low", "middle", "high"].map((key) => ({ key, title: t(`draw.${key}`) }));
  const facts = data.provenance.map(([name, text]) => ({ name, text }));
  const factColumns = ["name", "text"].map((key) => ({ key, title: t(`fact.${key}`) }));
  const list = element("ul");
  for (const key of ["paired", "quantiles", "error", "chance", "total"])
    list.append(element("li", {}, t(`assume.${key}`, { worlds: data.run.shown, repeats: data.run.repeats })));
  const scroll = (name, content) => element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, content);
  return element("section", {},
    element("h2", {}, t("section.assumptions")), list,
    element("h3", {}, t("draws.title")),
    draws.length > 0 ? scroll(t("draws.title"), table(drawColumns, draws, at, t("draws.caption"))) : element("p", {}, t("draws.none")),
    element("h2", {}, t("section.provenance")),
    scroll(t("section.provenance"), table(factColumns, facts, at, t("provenance.caption"))),
    element("details", {}, element("summary", {}, t("config.title")), element("pre", { tabindex: "0" }, data.config)));
}
