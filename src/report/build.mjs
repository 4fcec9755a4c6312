// Compile figures/*.vl.json with Vega-Lite and bundle them with page.js, lang/*.json and Vega into dist/report.js.
import { build } from "esbuild";
import { compile } from "vega-lite";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const outfile = process.argv[2] ?? join(here, "dist", "report.js");
const json = (...path) => JSON.parse(readFileSync(join(here, ...path), "utf8"));
const config = json("config.json");

const figures = {};
for (const file of readdirSync(join(here, "figures")).sort()) {
  if (!file.endsWith(".vl.json")) continue;
  const definition = json("figures", file);
  const logger = { level: () => logger, error: fail, warn: fail, info: () => logger, debug: () => logger };
  function fail(message) { throw new Error(`${file}: ${message}`); }
  const { spec } = compile(definition, { config, logger });
  delete spec.$schema;
  figures[file.replace(".vl.json", "")] = { spec, fields: definition.usermeta.fields };
}
const languages = Object.fromEntries(["en", "ko"].map((name) => [name, json("lang", `${name}.json`)]));

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
    contents: `import { start } from "./page.js"; start(${JSON.stringify(figures)}, ${JSON.stringify(languages)});`,
    resolveDir: here,
  },
  bundle: true, minify: true, format: "iife", target: "es2020", charset: "utf8", legalComments: "none", outfile,
  write: false, metafile: true, absWorkingDir: here,
});
const notice = licences(metafile.inputs).replaceAll("*/", "* /").replaceAll("</", "< /");
writeFileSync(outfile, `/*! Bundled with this page:\n\n${notice}\n*/\n${outputFiles[0].text}`);
