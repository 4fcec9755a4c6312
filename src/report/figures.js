// The report's figures as SVG and their data as CSV, without a browser, from a page made by entrepot report.
import { csvText } from "./dom.js";
import { filled, situation, viewOf } from "./page.js";

// page: its text; save(name, text) is called for every file. Returns the number of figures.
export async function drawFigures(figures, languages, { page, language, save }) {
  const found = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page);
  if (!found) throw new Error("no page made by entrepot report");
  const data = JSON.parse(found[1]);
  let drawn = 0;
  for (const [name, figure] of Object.entries(figures)) {
    // the paths are shown once as levels and once as differences
    for (const view of figure.spec.data && name.startsWith("fan") ? ["level", "difference"] : ["level"]) {
      const choice = { scenario: data.against, view, measure: "exports", cell: data.cells.length - 1, period: data.periods.length - 1, language };
      const content = filled(name, figure, situation(data, languages[language], choice));
      if (content === null) continue;
      const svg = await viewOf(content, { renderer: "none" }).toSVG();
      const file = view === "level" ? name : `${name}-${view}`;
      save(`${file}.svg`, svg);
      save(`${file}.csv`, csvText(content.columns, content.tables.table));
      drawn++;
    }
  }
  return drawn;
}
