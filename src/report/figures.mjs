// The report's figures as SVG and their data as CSV, without a browser, from a page made by entrepot report.
// Usage: node figures.mjs PAGE.html FOLDER [en|ko]
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compiledFigures, languages } from "./compile.mjs";
import { csvText } from "./dom.js";
import { filled, situation, viewOf } from "./page.js";

const [page, folder, language = "en"] = process.argv.slice(2);
if (!page || !folder || !(language in languages)) {
  console.error("Usage: node figures.mjs PAGE.html FOLDER [en|ko]");
  process.exit(64);
}
const found = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(readFileSync(page, "utf8"));
if (!found) {
  console.error(`${page}: no page made by entrepot report`);
  process.exit(65);
}
const data = JSON.parse(found[1]);
mkdirSync(folder, { recursive: true });
for (const [name, figure] of Object.entries(compiledFigures())) {
  // the paths are shown once as levels and once as differences
  for (const view of figure.spec.data && name.startsWith("fan") ? ["level", "difference"] : ["level"]) {
    const choice = { scenario: data.against, view, measure: "exports", cell: data.cells.length - 1, period: 0, language };
    const content = filled(name, figure, situation(data, languages[language], choice));
    const svg = await viewOf(content, { renderer: "none" }).toSVG();
    const file = join(folder, view === "level" ? name : `${name}-${view}`);
    writeFileSync(`${file}.svg`, svg);
    writeFileSync(`${file}.csv`, csvText(content.columns, content.tables.table));
  }
}
