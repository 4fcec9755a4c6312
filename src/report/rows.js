// Rows of every figure from the data object: {tables: {name: rows}, columns of the reader's table, labels}.

const QUANTILES = { 5: ["q05", "q25", "q50", "q75", "q95"], 3: ["q05", "q50", "q95"], 1: ["mean"] };

const stamps = (at) => at.data.dates.map((date) => Date.parse(date));
const order = (at) => [at.scenario, at.base];

function unitOf(at, unit) {
  if (at.data.run.steps_per_year === 12 && unit.endsWith("per step")) return at.t(`unit.${unit.replace("step", "month")}`);
  return at.t(`unit.${unit}`);
}

/** Paths of one measure and view in one sector: a row for every date and scenario. */
function pathRows(at, measure, view, cell, scenarios, extra = {}) {
  const entry = at.data.measures[measure], times = stamps(at), rows = [];
  for (const s of scenarios) {
    const paths = entry[view][s];
    if (!paths) continue;
    const keys = QUANTILES[paths[cell].length];
    times.forEach((date, i) => {
      const row = { date, scenario: at.scenarioName(s), shown: s === scenarios[0], ...extra };
      keys.forEach((key, k) => (row[key] = paths[cell][k][i]));
      rows.push(row);
    });
  }
  return rows;
}

/** Policy dates inside the run, numbered month by month; the policy table carries the same numbers. */
export function policyMarks(at) {
  const times = stamps(at), last = times[times.length - 1], first = times[0];
  const numbers = new Map(), marks = [];
  const sorted = at.data.policies.filter((p) => p.effective).map((p) => ({ ...p, date: Date.parse(p.effective) }))
    .sort((a, b) => a.date - b.date);
  for (const policy of sorted) {
    if (policy.date < first || policy.date > last) continue;
    if (policy.end && policy.end <= policy.effective) { // announced or expected, never in force
      marks.push({ ...policy, number: "", kind: "threat" });
      continue;
    }
    const month = policy.effective.slice(0, 7);
    if (!numbers.has(month)) numbers.set(month, numbers.size + 1);
    marks.push({ ...policy, number: numbers.get(month) });
  }
  return marks;
}

function policyTables(at) {
  const marks = policyMarks(at).filter((mark) => mark.number !== "");
  const dates = [...new Set(marks.map((mark) => mark.date))].map((date) => ({ date }));
  const seen = new Set(), labels = [];
  for (const mark of marks) if (!seen.has(mark.number)) seen.add(mark.number), labels.push({ date: mark.date, number: String(mark.number) });
  return { policy: dates, label: labels };
}

const zero = (on) => ({ zero: on ? [{ zero: 0 }] : [] });

function viewLabels(at, measure, view) {
  const unit = unitOf(at, at.data.measures[measure].unit);
  const y = view === "change" ? at.t("unit.percent") : measure === "tariff" ? at.t("unit.tariff") : unit;
  const what = at.t(`measure.${measure}`);
  const other = view === "level" ? at.t("other", { base: at.scenarioName(at.base) }) : "";
  return { y, unit: y, what, other, fields: at.data.measures[measure].fields, sector: at.names.cell(at.cell), view: at.t(`view.${view}`),
    home: at.names.region(at.data.run.home), partner: at.names.region(at.data.run.partner),
    against: at.scenarioName(at.scenario), base: at.scenarioName(at.base) };
}

const plainLabels = (at, y) => ({ ...viewLabels(at, "exports", "level"), y, unit: y, without: at.scenarioName(at.base), with: at.scenarioName(at.scenario) });

function fan(at) {
  const paired = at.view !== "level";
  return {
    tables: { table: pathRows(at, at.measure, at.view, at.cell, order(at)), ...policyTables(at), ...zero(paired) },
    columns: ["date", "scenario", "q05", "q25", "q50", "q75", "q95"], labels: viewLabels(at, at.measure, at.view),
  };
}

function fanBySector(at) {
  const rows = [];
  for (let cell = 0; cell < at.data.cells.length - 1; cell++)
    rows.push(...pathRows(at, at.measure, at.view, cell, order(at), { sector: at.names.cell(cell), index: cell }));
  return { tables: { table: rows }, columns: ["sector", "date", "scenario", "q05", "q25", "q50", "q75", "q95"],
    labels: viewLabels(at, at.measure, at.view) };
}

function band(measure) {
  return (at) => ({
    tables: { table: pathRows(at, measure, "level", at.cell, order(at)), ...policyTables(at) },
    columns: ["date", "scenario", "q05", "q50", "q95"], labels: viewLabels(at, measure, "level"),
  });
}

function prices(at) {
  const rows = ["retail", "landed"].flatMap((measure) =>
    pathRows(at, measure, "level", at.cell, order(at), { what: at.t(`measure.${measure}`) }));
  return { tables: { table: rows, ...policyTables(at) }, columns: ["date", "scenario", "what", "q05", "q50", "q95"],
    labels: { ...viewLabels(at, "retail", "level"), fields: "retail_price,landed_cost,sales" } };
}

function duties(at) {
  const rows = ["duty", "refund"].flatMap((measure) =>
    pathRows(at, measure, "level", at.cell, order(at), { what: at.t(`measure.${measure}`) }));
  return { tables: { table: rows, ...policyTables(at) }, columns: ["date", "scenario", "what", "mean"],
    labels: { ...viewLabels(at, "duty", "level"), fields: "duty,refund", mean: at.t("mean over worlds") } };
}

export function rowsOf(at, by, outcome = "exports", period = at.period) {
  return at.comparison.rows.filter((row) => row.by === by && row.outcome === outcome && row.period === period);
}

/** A calendar year by its number, other periods by their days. */
export const calendarYear = ({ first, last }) => first.endsWith("-01-01") && last === `${first.slice(0, 4)}-12-31`;

export function periodLabel(at, index = at.period) {
  const period = at.data.periods[index];
  return calendarYear(period) ? period.first.slice(0, 4) : at.t("between", period);
}

/** The same within a sentence: "in 2028". */
export function periodWords(at, index) {
  const period = at.data.periods[index];
  return calendarYear(period) ? at.t("when.year", { year: period.first.slice(0, 4) }) : at.t("when.between", period);
}

/** Whether a mean difference stands out of the chance in who buys from whom; one world says nothing. */
export const isSure = ({ mean, error }) => error === null || mean === 0 || Math.abs(mean) >= 1.96 * error;

function distribution(at) {
  const { bins } = at.comparison.headline[at.period];
  const [row] = rowsOf(at, "summary");
  const d = row.difference;
  const loss = d.negative ?? d.negative_raw;
  const table = bins.map(([from, to, worlds]) => ({ from, to, worlds, what: at.t(to <= 0 ? "loss" : "gain") }));
  return {
    tables: { table, mean: [{ mean: d.mean, low: d.low, high: d.high }], ...zero(true) },
    columns: ["from", "to", "worlds", "what"],
    labels: { ...plainLabels(at, at.t("unit.million USD")), period: periodLabel(at),
      probability: at.number(100 * loss, 0), mean: at.t("mean"),
      unresolved: d.resolved ? "" : at.t("unresolved") },
  };
}

function convergence(at) {
  const table = at.comparison.headline[at.period].convergence.map(([n, mean, error]) =>
    ({ n, mean, error, low: mean - 1.96 * error, high: mean + 1.96 * error }));
  const crosses = table.some((row) => row.low <= 0 && row.high >= 0);
  return { tables: { table, ...zero(crosses) }, columns: ["n", "mean", "error", "low", "high"],
    labels: { ...plainLabels(at, at.t("unit.million USD")), period: periodLabel(at) } };
}

/** No range where chance explains the whole spread. */
export const rangeOf = ({ resolved, low, high }) => (resolved ? { low, high } : { low: null, high: null });

function differenceRows(at, by, key, name) {
  return rowsOf(at, by).filter((row) => row[key] >= 0).map((row) => ({
    [key]: name(row[key]), index: row[key], mean: row.difference.mean, sure: isSure(row.difference), ...rangeOf(row.difference),
    error: row.difference.error, without: row.without.mean, with: row.with.mean, probability: row.difference.negative,
    decimals: { mean: row.difference.decimals, low: row.difference.decimals, high: row.difference.decimals,
      without: row.without.decimals, with: row.with.decimals, error: row.difference.decimals, probability: 2 },
  }));
}

const barColumns = (key) => [key, "without", "with", "mean", "error", "low", "high", "probability"];

function sectors(at) {
  const table = differenceRows(at, "sector", "sector", at.names.cell).sort((a, b) => b.mean - a.mean);
  return { tables: { table }, columns: barColumns("sector"),
    labels: { ...plainLabels(at, at.t("unit.million USD")), period: periodLabel(at) } };
}

function dumbbell(at) {
  const table = differenceRows(at, "sector", "sector", at.names.cell).sort((a, b) => b.without - a.without)
    .map((row) => ({ ...row, from: row.low === null ? null : row.without + row.low, to: row.low === null ? null : row.without + row.high }));
  const points = table.flatMap(({ sector, with: there, without }) =>
    [{ sector, scenario: at.scenarioName(at.scenario), value: there }, { sector, scenario: at.scenarioName(at.base), value: without }]);
  return { tables: { table, points }, columns: ["sector", "without", "with", "mean", "low", "high"],
    labels: { ...plainLabels(at, at.t("unit.million USD")), period: periodLabel(at) } };
}

function destinations(at) {
  const rows = differenceRows(at, "destination", "destination", at.names.place);
  const partner = rows.find((row) => row.index === at.data.run.partner);
  const table = rows.filter((row) => row !== partner).sort((a, b) => b.mean - a.mean);
  return { tables: { table }, columns: barColumns("destination"),
    labels: { ...plainLabels(at, at.t("unit.million USD")), period: periodLabel(at),
      there: at.number(partner?.mean, partner?.decimals.mean) } };
}

/** Who pays, as a waterfall: bars from one running sum to the next; the sums stand on zero. */
function payers(at) {
  const account = at.comparison.payers?.[at.period];
  if (!account) return null;
  const labels = { ...plainLabels(at, at.t("unit.million USD")), period: periodLabel(at), mean: at.t("pays.mean"),
    fields: "duty,refund,imports,exports,export_quantity,sales,landed_cost,retail_spending" };
  let running = 0;
  const table = account.lines.map(({ name, mean, error, low, high }) => {
    const isSum = name === "rates" || name === "treasury", from = isSum ? 0 : running, to = from + mean;
    running = to;
    return { who: at.t(`pays.${name}`, labels), name, mean, error, low, high, from, to, end: Math.max(from, to),
      what: at.t(isSum ? "pays.sum" : mean < 0 ? "pays.less" : "pays.more"), label: at.number(mean, account.decimals),
      decimals: { mean: account.decimals, low: account.decimals, high: account.decimals } };
  });
  return { tables: { table, ...zero(true) }, columns: ["who", "mean", "error", "low", "high"], labels };
}

/** Parts of the duty rate, law by law, a row for every date, scenario and law that counts in the cell. */
function laws(at) {
  if (!at.data.laws) return null;
  const times = stamps(at), table = [];
  for (const s of order(at))
    at.data.laws.laws.forEach(([id, reference], index) => {
      const used = order(at).some((any) => at.data.laws.rate[any][index][at.cell]);
      const path = at.data.laws.rate[s][index][at.cell];
      if (used) times.forEach((date, i) => table.push({ date, scenario: at.scenarioName(s), law: id.replaceAll("-", " "), reference, index, rate: path ? path[i] : 0 }));
    });
  return { tables: { table }, columns: ["date", "scenario", "law", "reference", "rate"],
    labels: { ...viewLabels(at, "tariff", "level"), fields: "law_rate,benchmark_exports,benchmark_freight" } };
}

/** Firms by size class: the reader's table has everything, the bars the change of exporters and exports. */
function firms(at) {
  const rows = (at.comparison.firms ?? []).filter((row) => row[3] === at.period);
  const known = rows.filter((row) => row[0] === "exporters" && row[4][0] > 0);
  if (known.length === 0) return null;
  const table = rows.map(([quantity, size, unit, , v, d]) => ({
    quantity: at.t(`firms.${quantity}`), class: at.t(`class.${size}`), unit: at.t(`unit.${unit}`),
    without: v[0], with: v[1], mean: v[2], error: v[4], low: v[5], high: v[6],
    decimals: { without: d[0], with: d[1], mean: d[2], error: d[4], low: d[5], high: d[6] } }));
  const points = rows.filter(([quantity, size]) => (quantity === "exporters" || quantity === "exports") && size !== "all")
    .map(([quantity, size, , , v]) => ({ quantity: at.t(`firms.${quantity}`), class: at.t(`class.${size}`), change: v[3],
      sure: isSure({ mean: v[2], error: v[4] }), ...rangeOf({ resolved: v[6] > v[5], low: 100 * v[5] / v[0], high: 100 * v[6] / v[0] }) }));
  return { tables: { table, points }, columns: ["quantity", "class", "unit", "without", "with", "mean", "error", "low", "high"],
    labels: { ...plainLabels(at, at.t("unit.percent")), period: periodLabel(at),
      fields: "exporters,entrants,leavers,failures,class_exports,jobs,affiliate_sales,revenue,export_revenue" } };
}

export const figureRows = {
  payers, laws, firms,
  fan, "fan-by-sector": fanBySector, distribution, convergence, sectors, dumbbell, destinations,
  tariff: band("tariff"), stocks: band("stock"), prices, duties,
};
