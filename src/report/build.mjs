// Compile figures/*.vl.json with Vega-Lite and bundle them with page.js, lang/*.json and Vega into dist/report.js.
import { build } from "esbuild";
import { compiledFigures, languages } from "./compile.mjs";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const outfile = process.argv[2] ?? join(here, "dist", "report.js");
const figures = compiledFigures();

// The licences of what is bundled travel with it.
function licences(inputs) {
  const folders = new Set(Object.keys(inputs).map((path) => /node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean));
  const texts = new Map();
  for (const folder of [...folders].sort()) {
    const file = readdirSync(join(here, folder)).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${folder}: no licence`);
    const text = readFileSync(join(here, folder, file), "utf8").trim();
    texts.set(text, [...(texts.get(text) ?? []), folder.replace("node_modules/", "")]);
  }
  return [...texts].map(([text, names]) => `${names.join(", ")}\n\n${text}`).join("\n\n----\n\n");
}

mkdirSync(dirname(outfile), { recursive: true });
const { outputFiles, metafile } = await build({
  stdin: {
    // in a browser the page starts; in Node, which has no document, entrepot figures calls drawFigures
    contents: `import { start } from "./page.js"; import { drawFigures } from "./figures.js";
      const figures = ${JSON.stringify(figures)}, languages = ${JSON.stringify(languages)};
      if (typeof document === "undefined") globalThis.drawFigures = (options) => drawFigures(figures, languages, options);
      else start(figures, languages);`,
    resolveDir: here,
  },
  bundle: true, minify: true, format: "iife", target: "es2020", charset: "utf8", legalComments: "none", outfile,
  write: false, metafile: true, absWorkingDir: here,
});
const notice = licences(metafile.inputs).replaceAll("*/", "* /").replaceAll("</", "< /");
writeFileSync(outfile, `/*! Bundled with this page:\n\n${notice}\n*/\n${outputFiles[0].text}`);
