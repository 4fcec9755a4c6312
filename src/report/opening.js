// The first screen: the finding as the title, the sentence under it, and the figure of levels and paired difference.
import { calendarYear, periodLabel, policyMarks, rowsOf } from "./rows.js";

/** Student's factor of a 95 % interval (Cornish and Fisher's expansion; 1.96 with many repeats). */
export function studentFactor(repeats) {
  const z = 1.959964, n = Math.max(1, repeats);
  return z + (z ** 3 + z) / (4 * n) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2);
}

/** Korean counts in hundred millions, English in thousand millions; small trade in millions. */
function moneyOf(at, level) {
  const korean = at.t("locale").startsWith("ko");
  if (level >= 1e4) return { name: at.t("money.large"), size: korean ? 100 : 1000, decimals: korean ? 0 : 1 };
  return { name: at.t("money.small"), size: 1, decimals: 0 };
}

/** No digit smaller than half the error. */
function decimalsFor(money, error) {
  let decimals = money.decimals;
  while (error !== null && decimals > -6 && 10 ** -decimals < error / 2 - 1e-9) decimals--;
  return decimals;
}

function signed(at, value, decimals) {
  const text = at.number(value, decimals);
  return Number(value.toFixed(Math.max(0, decimals))) > 0 ? `+${text}` : text;
}

export function scenarioWords(at, index, kind = "scenario") {
  const id = at.data.scenarios[index], known = at.t(`${kind}.${id}`);
  if (known !== `${kind}.${id}`) return known;
  return kind === "short" ? id : at.t("scenario.other", { name: id });
}

/** One period's numbers in the unit shown: difference, its error at 95 %, range, levels of the same concept. */
export function measured(at, period) {
  const [row] = rowsOf(at, "summary", "exports", period);
  const out = at.comparison.opening.left_out;
  const [service] = out < 0 ? [] : rowsOf(at, "sector", "exports", period).filter((r) => r.sector === out);
  const rest = service?.without.mean ?? 0, without = row.without.mean - rest;
  const [last] = rowsOf(at, "summary", "exports", at.data.periods.length - 1);
  const money = moneyOf(at, last.without.mean), d = row.difference, scale = (v) => (v === null ? null : v / money.size);
  const chance = d.numerical_error ?? d.error;
  const error = chance === null ? null : (chance * studentFactor(at.data.run.repeats)) / money.size;
  return { money, d: scale(d.mean), error, low: d.resolved ? scale(d.low) : null, high: d.resolved ? scale(d.high) : null,
    with: scale(row.with.mean - rest), without: scale(without), loss: d.negative ?? d.negative_raw, rest: scale(rest),
    decimals: decimalsFor(money, error) };
}

/** The first condition that holds; what it lets the title say. */
export function condition({ d, error, without, low, high }) {
  if (error === null) return "unmeasured";
  if (Math.abs(d) + error < 0.005 * Math.abs(without)) return "same";
  if (Math.abs(d) <= error) return "chance";
  if (low !== null && low < 0 && high > 0) return "share";
  return error > Math.abs(d) / 10 ? "between" : "size";
}

function values(at, index) {
  const m = measured(at, index), period = at.data.periods[index], year = period.first.slice(0, 4), { run } = at.data;
  const whole = calendarYear(period), n = (value, decimals = m.decimals) => at.number(value, decimals);
  const when = whole ? at.t("when.year", { year }) : at.t("when.between", period);
  const [low, high] = [Math.abs(m.d) - m.error, Math.abs(m.d) + m.error];
  const rounded = m.decimals < m.money.decimals ? at.t("about", { value: n(Math.abs(m.d)) }) : n(Math.abs(m.d));
  const losses = Math.round(m.loss * run.shown), percent = Math.abs((100 * m.d) / m.without);
  const partner = at.names.region(run.partner);
  return {
    m, when, When: when.charAt(0).toUpperCase() + when.slice(1), losses,
    home: at.names.region(run.home), partner, to: at.t("to.place", { place: at.names.place(run.partner) }),
    against: scenarioWords(at, at.scenario), base: scenarioWords(at, at.base),
    concept: at.t(at.comparison.opening.left_out < 0 ? "concept.all" : "concept.goods"), money: m.money.name,
    span: !whole ? at.t("span.between", period) : index === 0 ? at.t("span.first", { year }) : at.t("span.year", { year }),
    amount: condition(m) === "between" ? at.t("to", { low: n(low, m.money.decimals), high: n(high, m.money.decimals) }) : rounded,
    signed: signed(at, m.d, m.money.decimals), error: m.error === null ? "–" : n(m.error, m.money.decimals),
    direction: at.t(m.d < 0 ? "less" : "more"), worlds: run.shown, n: m.d < 0 ? losses : run.shown - losses,
    with: n(m.with, m.money.decimals), without: n(m.without, m.money.decimals),
    percent: at.number(percent, 1), level: at.number(100 * run.level, 0),
    low: n(m.low, m.money.decimals), high: n(m.high, m.money.decimals),
  };
}

/** {title, sentence}: what the page says first. */
export function finding(at) {
  const last = at.data.periods.length - 1, v = values(at, last), kind = condition(v.m);
  const title = at.t(`finding.${kind === "between" ? "size" : kind}`, v);
  const flat = kind === "same" || kind === "chance" || kind === "unmeasured" || v.m.without === 0;
  const parts = [at.t(flat ? "sentence.levels.same" : "sentence.levels", v)];
  if (at.data.run.shown > 1) {
    if (kind !== "unmeasured") parts.push(at.t(v.m.low === null ? "sentence.unresolved" : "sentence.range", v));
    parts.push(at.t(v.losses === 0 ? "sentence.none" : "sentence.losses", { n: v.losses, worlds: v.worlds }));
  }
  const [first, end] = [at.data.periods[0], at.data.periods[last]];
  if (first.begin !== end.begin) {
    const one = values(at, 0), was = condition(one.m);
    parts.push(at.t(was === "same" || was === "chance" ? `first.${was}` : "first.size", one));
  }
  const text = parts.join(" ");
  return { title, sentence: text.charAt(0).toUpperCase() + text.slice(1) };
}

const LINES = ["mean", "q05", "q25", "q50", "q75", "q95"];

/** What a measure adds to the duty on all goods at its most, in either scenario; null in a file without laws. */
function mostRates(at) {
  const { laws } = at.data, total = at.data.cells.length - 1;
  if (laws === null) return null;
  return new Map(laws.laws.map(([id], index) =>
    [id, Math.max(0, ...[at.scenario, at.base].flatMap((s) => laws.rate[s][index][total] ?? []))]));
}

/** A measure's identifier in words, without the exporter, of whom the whole page is. */
function measureWords(at, id) {
  const home = at.data.regions[at.data.run.home].name.toLowerCase().split(/[^a-z]+/);
  return id.split("-").filter((word) => !home.includes(word)).join(" ") || id;
}

/** At most four months of law, by the duty that their measures bring. */
function lawDates(at) {
  const times = at.data.dates.map((date) => Date.parse(date)), months = new Map(), most = mostRates(at);
  for (const mark of policyMarks(at)) {
    const weight = most === null ? Number(mark.rate) : most.get(mark.id) ?? 0;
    if (mark.number === "" || mark.kind === "exemption" || mark.kind === "threat" || !(weight > 0)) continue;
    const month = mark.effective.slice(0, 7), entry = months.get(month) ?? { date: mark.date, weight: 0, marks: [] };
    entry.marks.push({ id: mark.id, weight });
    entry.weight = Math.max(entry.weight, weight);
    months.set(month, entry);
  }
  const chosen = [...months.values()].sort((a, b) => b.weight - a.weight).slice(0, 4).sort((a, b) => a.date - b.date);
  const names = at.t("months").split(" "), middle = (times[0] + times[times.length - 1]) / 2;
  return chosen.map(({ marks, date }, step) => {
    const words = [...new Set(marks.sort((a, b) => b.weight - a.weight).map(({ id }) => measureWords(at, id)))];
    const day = new Date(date), month = at.t("month", { month: names[day.getUTCMonth()], year: day.getUTCFullYear() });
    const label = (n) => `${month}: ${words.slice(0, n).join(", ")}${words.length > n ? ", …" : ""}`;
    return { date, step, foot: 4, late: date > middle, text: label(2), short: label(1) };
  });
}

/** Labels at the lines' ends, kept apart. */
function endLabels(at, table, decimals, height) {
  const ends = [at.scenario, at.base].map((s) => {
    const rows = table.filter((row) => row.index === s), row = rows[rows.length - 1];
    return { date: row.date, index: s, who: s === at.scenario ? "with" : "without", y: row.mean,
      text: `${scenarioWords(at, s, "short")} ${at.number(row.mean, decimals)}` };
  });
  const span = Math.max(...table.map((r) => r.q95)) - Math.min(...table.map((r) => r.q05)), apart = (17 / height) * span;
  const [up, down] = ends[0].y >= ends[1].y ? ends : [ends[1], ends[0]], missing = apart - (up.y - down.y);
  if (missing > 0) up.y += missing / 2, down.y -= missing / 2;
  return ends;
}

/** Sums of every calendar year, under the middle of it. */
function yearSums(at, times) {
  const seen = new Set(), sums = [];
  at.data.periods.forEach((period, index) => {
    const key = `${period.begin}-${period.end}`;
    if (seen.has(key) || (!calendarYear(period) && at.data.periods.length > 3)) return;
    seen.add(key);
    const m = measured(at, index), end = times[period.end] ?? Date.parse(period.last) + 864e5;
    sums.push({ date: (times[period.begin] + end) / 2, year: periodLabel(at, index), value: m.d, text: signed(at, m.d, m.money.decimals) });
  });
  return sums;
}

/** Rows of the first figure; null in a page without them. */
export function opening(at) {
  const paths = at.comparison.opening, times = at.data.dates.map((date) => Date.parse(date));
  const v = values(at, at.data.periods.length - 1), { money } = v.m, table = [], difference = [];
  for (const [s, lines] of [[at.scenario, paths.with], [at.base, paths.without], [-1, paths.difference]])
    times.forEach((date, i) => {
      const row = { date, index: s, who: s === at.scenario ? "with" : s < 0 ? "difference" : "without" };
      row.scenario = s < 0 ? at.t("opening.difference") : scenarioWords(at, s, "short");
      LINES.forEach((key, k) => (row[key] = lines[k][i] === null ? null : lines[k][i] / money.size));
      (s < 0 ? difference : table).push(row);
    });
  const decimals = Math.max(money.decimals, 0), end = difference[difference.length - 1];
  const steps = at.data.run.steps_per_year;
  return {
    tables: { table: [...table, ...difference], levels: table, difference, laws: lawDates(at), ends: endLabels(at, table, decimals, 240),
      gap: [{ date: end.date, y: end.mean, text: signed(at, end.mean, decimals) }], sums: yearSums(at, times), zero: [{ zero: 0 }] },
    columns: ["date", "scenario", ...LINES],
    labels: { ...v, m: undefined, fields: "exports", mean: at.t("mean"),
      step: steps === 12 ? at.t("step.12") : at.t("step.other", { steps }),
      sums: at.t("opening.sums", v) },
  };
}

/** What the figure leaves out, in words; empty when nothing. */
export function leftOut(at) {
  const out = at.comparison.opening.left_out;
  if (out < 0) return "";
  const { m, money } = values(at, at.data.periods.length - 1);
  return at.t("opening.leftout", { sector: at.names.cell(out), amount: at.number(m.rest, m.money.decimals), money });
}
