// The figures' Vega-Lite definitions, compiled: {name: {spec, fields}}; and the languages.
import { compile } from "vega-lite";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const json = (...path) => JSON.parse(readFileSync(join(here, ...path), "utf8"));

export function compiledFigures() {
  const config = json("config.json"), figures = {};
  for (const file of readdirSync(join(here, "figures")).sort()) {
    if (!file.endsWith(".vl.json")) continue;
    const definition = json("figures", file);
    const fail = (message) => { throw new Error(`${file}: ${message}`); };
    const logger = { level: () => logger, error: fail, warn: fail, info: () => logger, debug: () => logger };
    const { spec } = compile(definition, { config, logger });
    delete spec.$schema;
    figures[file.replace(".vl.json", "")] = { spec, fields: definition.usermeta.fields };
  }
  return figures;
}

export const languages = Object.fromEntries(["en", "ko"].map((name) => [name, json("lang", `${name}.json`)]));
