// The page: words, controls, figures and their tables, all from the one data object. Text reaches the document
// only through textContent, so that no name can become markup.
import { View, parse } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { calendarYear, figureRows } from "./rows.js";
import { element, formatNumber, table, download } from "./dom.js";
import { finding, leftOut, opening } from "./opening.js";
import { dutySentence, policyTable, summaryTable, assumptions } from "./words.js";

const sections = [
  ["time", ["fan", "fan-by-sector"]],
  ["certainty", ["distribution", "convergence"]],
  ["sectors", ["sectors", "dumbbell"]],
  ["destinations", ["destinations"]],
  ["tariffs", ["tariff", "laws", "duties"]],
  ["payers", ["payers"]],
  ["firms", ["firms"]],
  ["market", ["stocks", "prices"]],
];

/** Texts of the page's language; "{name}" is filled from `values`. */
function translator(words) {
  return (key, values = {}) => {
    const text = Object.hasOwn(words, key) ? words[key] : key;
    return text.replace(/\{(\w+)\}/g, (mark, name) => (Object.hasOwn(values, name) ? String(values[name]) : mark));
  };
}

/** Replace every "@key" in a compiled figure. */
export function fillIn(node, text) {
  if (typeof node === "string") return node.startsWith("@") ? text(node.slice(1)) : node;
  if (Array.isArray(node)) return node.map((item) => fillIn(item, text));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fillIn(value, text)]));
}

function placeNames(data, t) {
  const name = (kind, { id, name: given }) => {
    const known = t(`${kind}.${id}`);
    if (known !== `${kind}.${id}`) return known;
    return (given || id).replaceAll("_", " ");
  };
  return { cell: (i) => name("sector", data.cells[i]), region: (i) => name("region", data.regions[i]),
    place: (i) => name("region", data.regions[i]).replace(/^the /, "") };
}

/** What the reader chose, with everything derived from it. */
export function situation(data, words, choice) {
  const t = translator(words);
  const comparison = data.comparisons.find((item) => item.against === choice.scenario);
  return {
    data, t, ...choice, comparison,
    base: data.run.base,
    names: placeNames(data, t),
    number: (value, decimals) => formatNumber(value, decimals, words["locale"]),
    scenarioName: (i) => data.scenarios[i],
    periodName: (period) => (Object.hasOwn(words, `period.${period.key}`) ? t(`period.${period.key}`) : period.key),
  };
}

/** Words that each figure has its own of; labels are otherwise for titles and descriptions. */
const OWN_WORDS = new Set(["y", "mean", "without", "with", "sums"]);

/** A figure's specification in words and with data: {spec, rows, columns, title, description, labels}; null when the
 * file does not hold what it shows. */
export function filled(name, figure, at) {
  const rows = (name === "opening" ? opening : figureRows[name])(at);
  if (rows === null) return null;
  const { tables, columns, labels } = rows;
  const text = (key) => (OWN_WORDS.has(key) ? labels[key] : undefined) ?? at.t(key, labels);
  const description = at.t(`${name}.description`, labels);
  const spec = fillIn(figure.spec, (key) => (key.endsWith(".description") ? description : text(key)));
  return { spec, tables, labels, description, title: at.t(`${name}.title`, labels),
    columns: columns.map((column) => ({ key: column, title: text(column) })) };
}

/** A view without a place, its data set. */
export function viewOf({ spec, tables }, options) {
  const view = new View(parse(spec, null, { ast: true }), { expr: expressionInterpreter, logLevel: 1, ...options });
  for (const [key, rows] of Object.entries(tables)) if (spec.data.some((d) => d.name === key)) view.data(key, rows);
  return view;
}

/** A drawing for a narrow place is made anew, so that no text is scaled down: one panel fits itself, the panels of the
 * first figure leave room for the labels at their right and have shorter words. */
function fitWidth({ spec, tables, labels }, place, at) {
  if (place === 0 || place >= 840 || spec.width === undefined) return;
  const panels = spec.marks.filter(({ name }) => name?.includes("_concat_"));
  if (panels.length === 0) {
    spec.autosize = { type: "fit-x", contains: "padding" };
    spec.width = place;
    return;
  }
  spec.width = place - 140;
  panels[2].title.text = at.t("opening.panel.short", labels);
  for (const row of tables.laws) row.text = row.short;
}

async function draw(name, figure, at, parts) {
  const content = filled(name, figure, at);
  parts.root.hidden = content === null;
  if (content === null) return;
  const { description, labels } = content;
  parts.title.textContent = content.title;
  const source = at.t("source", { fields: labels.fields.split(",").map((field) => `${field} [${at.data.units[field]}]`).join(", ") });
  const { run } = at.data, own = { name: run.name, worlds: run.shown, slots: at.number(run.slots, 0) };
  parts.caption.textContent = name === "opening" ? [description, at.t("opening.source", own), leftOut(at), source].join(" ") : `${description} ${source}`;
  parts.view?.finalize();
  fitWidth(content, parts.plot.clientWidth, at);
  parts.view = viewOf(content, { renderer: "svg", container: parts.plot });
  await parts.view.runAsync();
  // long labels at the right end take their room from the panels
  const over = Number(parts.plot.querySelector("svg").getAttribute("width")) - parts.plot.clientWidth;
  if (name === "opening" && over > 0 && parts.plot.clientWidth > 0) await parts.view.width(content.spec.width - Math.ceil(over)).runAsync();
  parts.rows = content.tables.table;
  parts.columns = content.columns;
  parts.fillTable();
}

function figureParts(name, current) {
  const parts = {
    root: element("figure", { id: `figure-${name}` }), title: element(name === "opening" ? "h2" : "h3"), plot: element("div", { class: "plot" }),
    caption: element("figcaption"), details: element("details"), summary: element("summary"), csv: element("button", { type: "button" }),
    body: element("div", { class: "scroll", tabindex: "0" }),
  };
  parts.details.append(parts.summary, parts.csv, parts.body);
  parts.root.append(parts.title, parts.plot, parts.caption, parts.details);
  parts.fillTable = () => {
    const at = current();
    parts.summary.textContent = at.t("data", { n: parts.rows.length });
    parts.csv.textContent = at.t("csv");
    parts.body.setAttribute("aria-label", parts.title.textContent);
    parts.body.setAttribute("role", "region");
    parts.body.replaceChildren();
    if (parts.details.open) parts.body.append(table(parts.columns, parts.rows, at, parts.title.textContent));
  };
  parts.details.addEventListener("toggle", () => parts.fillTable());
  parts.csv.addEventListener("click", () => download(`${name}.csv`, parts.columns, parts.rows));
  return parts;
}

function select(id, entries, value, change) {
  const label = element("label"), name = element("span"), input = element("select", { id: `choose-${id}` });
  for (const [key, text] of entries) input.append(element("option", { value: String(key) }, text));
  input.value = String(value);
  input.addEventListener("change", () => change(input.value));
  label.append(name, input);
  return { label, name, input };
}

/** "First year (2025)"; a year that is its own name stands alone. */
function periodChoice(at, period) {
  const name = at.periodName(period), year = period.first.slice(0, 4);
  return calendarYear(period) && name !== year ? `${name} (${year})` : name;
}

function controls(state, update) {
  const { data } = state, at = state.at(), chosen = state.choice;
  const number = (key) => (value) => update({ [key]: Number(value) });
  const word = (key) => (value) => update({ [key]: value });
  const list = {
    scenario: select("scenario", data.comparisons.map((c) => [c.against, data.scenarios[c.against]]), chosen.scenario, number("scenario")),
    view: select("view", ["level", "change", "difference"].map((v) => [v, at.t(`view.${v}`)]), chosen.view, word("view")),
    measure: select("measure", ["exports", "quantity", "price"].map((m) => [m, at.t(`measure.${m}`)]), chosen.measure, word("measure")),
    cell: select("sector", [data.cells.length - 1, ...data.cells.keys()].slice(0, data.cells.length).map((i) => [i, at.names.cell(i)]), chosen.cell, number("cell")),
    period: select("period", data.periods.map((p, i) => [i, periodChoice(at, p)]), chosen.period, number("period")),
    language: select("language", [["en", "English"], ["ko", "한국어"]], chosen.language, word("language")),
  };
  const box = element("fieldset", { class: "controls" });
  box.setAttribute("aria-label", at.t("controls"));
  for (const [key, item] of Object.entries(list)) {
    item.name.textContent = at.t(`choose.${key}`);
    box.append(item.label);
  }
  return box;
}

function build(state, figures, update) {
  const at = state.at(), { data } = state;
  const main = element("main", { id: "main" });
  state.parts = {};
  state.words = { title: element("h1", { id: "headline" }), sentence: element("p", { id: "sentence", class: "sentence", role: "status" }),
    duty: element("p"), summary: element("div") };
  state.parts.opening = figureParts("opening", state.at);
  main.append(state.parts.opening.root, state.words.duty, controls(state, update));
  for (const [section, names] of sections) {
    main.append(element("h2", {}, at.t(`section.${section}`)));
    for (const name of names) {
      state.parts[name] = figureParts(name, state.at);
      main.append(state.parts[name].root);
    }
    if (section === "tariffs") main.append(policyTable(at));
    if (section === "certainty") main.append(element("h3", {}, at.t("summary.title")), state.words.summary);
  }
  main.append(assumptions(at));
  const run = data.run;
  return [
    element("a", { class: "skip", href: "#main" }, at.t("skip")),
    element("header", {}, element("p", { class: "kicker" }, run.title || run.name), state.words.title, state.words.sentence),
    main,
    element("footer", {}, element("p", {}, at.t("subtitle", { ...run, scenarios: data.scenarios.join(", "), first: data.dates[0],
      slots: at.number(run.slots, 0), replications: run.replications })),
    element("p", {}, at.t("footer", { version: Object.fromEntries(data.provenance).version }))),
  ];
}

async function refresh(state, figures) {
  const at = state.at();
  const said = finding(at);
  state.words.title.textContent = said.title;
  state.words.sentence.textContent = said.sentence;
  state.words.duty.textContent = dutySentence(at);
  state.words.summary.replaceChildren(summaryTable(at));
  for (const [name, parts] of Object.entries(state.parts)) await draw(name, figures[name], at, parts);
}

/** Draw the page; document.body.dataset.ready says that every figure is drawn. */
export async function start(figures, languages) {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = document.getElementById("page");
  const choice = { scenario: data.against, view: "level", measure: "exports", cell: data.cells.length - 1, period: data.periods.length - 1,
    language: document.documentElement.lang in languages ? document.documentElement.lang : "en" };
  const state = { data, choice, at: () => situation(data, languages[choice.language], choice) };
  let turn = Promise.resolve();
  const rebuild = () => {
    const focused = document.activeElement?.id;
    for (const parts of Object.values(state.parts ?? {})) parts.view?.finalize();
    document.documentElement.lang = choice.language;
    page.replaceChildren(...build(state, figures, update));
    if (focused) document.getElementById(focused)?.focus();
  };
  const run = (anew) => {
    delete document.body.dataset.ready;
    turn = turn.then(async () => {
      if (anew) rebuild();
      await refresh(state, figures);
      document.body.dataset.ready = String(Math.round(performance.now()));
    }).catch((error) => {
      document.body.dataset.failed = String(error);
      console.error(error);
    });
  };
  const update = (changed) => {
    Object.assign(choice, changed);
    run("language" in changed);
  };
  run(true);
}
