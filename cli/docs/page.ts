import type { Graph } from "../../shared/refresh/graph.ts";
import { layoutText } from "../../shared/refresh/layout.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { testsOf } from "../../shared/refresh/model-tests.ts";
import { anchorOf, escaped } from "./html.ts";
import { lineageOf, neighboursOf } from "./lineage.ts";
import type { Question } from "./questions.ts";

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem; color: #1c2833; background: #fff }
h1, h2, h3 { line-height: 1.2 } h2 { margin-top: 3rem; border-bottom: 2px solid #d5d8dc } section { margin-top: 2.5rem }
code, pre, .lineage text { font: 12px ui-monospace, monospace } pre { background: #f4f6f7; padding: 0.7rem; overflow: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.6rem; border-top: 1px solid #e5e8e8 }
.scroll { overflow: auto; max-height: 70vh } .lineage path { fill: none; stroke: #aab7b8 } .lineage rect { fill: #eaf2f8; stroke: #85929e }
.lineage a:hover rect { fill: #d4e6f1 } .index { columns: 18rem } .index a { display: block } .pii { color: #943126; font-size: 12px } a { color: #1a5276 }
@media (prefers-color-scheme: dark) { body { background: #17202a; color: #eaecee } pre { background: #212f3d } a { color: #7fb3d5 }
.lineage rect { fill: #212f3d } .lineage text { fill: #eaecee } th, td, h2 { border-color: #34495e } .pii { color: #f1948a } }`;

const linkTo = (name: string): string => `<a href="#${anchorOf(name)}"><code>${escaped(name)}</code></a>`;

function questionList(questions: readonly Question[], graph: Graph): string {
  const items = questions.map(({ text, queries, models }) => {
    const links = models.filter((name) => graph.byName.has(name)).map(linkTo);
    const code = queries.map((sql) => `<pre>${escaped(sql)}</pre>`).join("");
    return `<li>${escaped(text)} ${links.join(", ")}<details><summary>query</summary>${code}</details></li>`;
  });
  return `<h2 id="questions">Questions answered</h2><ol>${items.join("")}</ol>`;
}

function columnRows({ header }: Model): string {
  const rows = header.columns.map(({ name, type, description = "", pii }) => {
    const marks = [header.key.includes(name) ? "key" : "", pii ? '<span class="pii">personal</span>' : ""].filter(
      Boolean,
    );
    return `<tr><td><code>${escaped(name)}</code></td><td><code>${escaped(type)}</code></td><td>${marks.join(", ")}</td><td>${escaped(description)}</td></tr>`;
  });
  return `<table><tr><th>column</th><th>type</th><th></th><th>description</th></tr>${rows.join("")}</table>`;
}

const accessTexts = { everyone: "everyone, without personal columns", nobody: "nobody" } as const;

function modelSection(model: Model, graph: Graph, questions: readonly Question[]): string {
  const { name, header, file, sql } = model;
  const tests = testsOf(model, graph.byName).map(
    ({ testId, severity }) => `<li><code>${escaped(testId)}</code>${severity === "warn" ? " (warning)" : ""}</li>`,
  );
  const asked = questions.filter(({ models }) => models.includes(name));
  const facts = [
    `File <code>sql/${escaped(file)}</code>`,
    escaped(layoutText(header.layout)),
    ...(header.access ? [`in the dataset restricted: ${accessTexts[header.access]}`] : []),
  ];
  return [
    `<section id="${anchorOf(name)}"><h3>${escaped(name)}</h3>`,
    `<p>${escaped(header.description)}</p><p>${facts.join(" · ")}</p>`,
    asked.length > 0 ? `<p>Helps to answer: ${asked.map(({ text }) => escaped(text)).join(" · ")}</p>` : "",
    `<div class="scroll">${neighboursOf(graph, name)}</div>`,
    columnRows(model),
    `<details><summary>${tests.length} tests with each build</summary><ul>${tests.join("")}</ul></details>`,
    `<details><summary>SQL</summary><pre>${escaped(sql)}</pre></details></section>`,
  ].join("\n");
}

const datasets: Readonly<Record<string, string>> = {
  marts: "Marts: the tables that people query",
  delivery: "Delivery: what is sent into other systems",
  staging: "Staging: each endpoint's live records, typed",
  ref: "Reference: what codes mean, and parameters",
};

/** One page about all models that stands by itself: nothing in it is fetched from anywhere. */
export function docsPage(graph: Graph, questions: readonly Question[]): string {
  const parts = Object.entries(datasets).map(([dataset, title]) => {
    const models = graph.models
      .filter((model) => model.dataset === dataset)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (models.length === 0) return "";
    const index = models.map(({ name, table }) => `<a href="#${anchorOf(name)}">${escaped(table)}</a>`).join("");
    const drawn = dataset === "marts" ? `<h3>Lineage</h3><div class="scroll">${lineageOf(graph, dataset)}</div>` : "";
    const sections = models.map((model) => modelSection(model, graph, questions)).join("\n");
    return `<h2 id="${dataset}">${title} (${models.length})</h2><div class="index">${index}</div>${drawn}${sections}`;
  });
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Rollcall: ${graph.models.length} models</title><style>${style}</style></head><body>`,
    `<h1>What is in the warehouse</h1><p>${graph.models.length} models. Each is one SELECT; its tests run with each build, and one that fails an error keeps its old table.</p>`,
    questions.length > 0 ? questionList(questions, graph) : "",
    ...parts,
    "</body></html>\n",
  ].join("\n");
}
