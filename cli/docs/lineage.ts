import type { Graph } from "../../shared/refresh/graph.ts";
import { anchorOf, escaped } from "./html.ts";

const rowHeight = 22;
const characterWidth = 6.7;
const gap = 70;
const margin = 6;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

type Edge = readonly [from: string, to: string];

/** Draws columns of names, and a line for each edge between them. A name that is a model in the page leads there. */
function drawing(
  columns: readonly (readonly string[])[],
  edges: readonly Edge[],
  known: (name: string) => boolean,
): string {
  const places = new Map<string, Place>();
  const height = Math.max(...columns.map(({ length }) => length), 1) * rowHeight + 2 * margin;
  let x = margin;
  for (const names of columns) {
    const width = Math.max(...names.map(({ length }) => length), 1) * characterWidth + 12;
    const top = (height - names.length * rowHeight) / 2;
    for (const [index, name] of names.entries()) places.set(name, { x, y: top + index * rowHeight, width });
    x += width + gap;
  }
  const lines = edges.flatMap(([from, to]) => {
    const [left, right] = [places.get(from), places.get(to)];
    if (!left || !right) return [];
    const [startX, startY] = [left.x + left.width, left.y + rowHeight / 2 - 2];
    const [endX, endY] = [right.x, right.y + rowHeight / 2 - 2];
    const bend = Math.max((endX - startX) / 2, 20);
    return `<path d="M${startX} ${startY}C${startX + bend} ${startY} ${endX - bend} ${endY} ${endX} ${endY}"/>`;
  });
  const boxes = [...places].map(([name, { x: left, y, width }]) => {
    const box = `<rect x="${left}" y="${y}" width="${width}" height="${rowHeight - 5}" rx="3"/><text x="${left + 6}" y="${y + 12.5}">${escaped(name)}</text>`;
    return known(name) ? `<a href="#${anchorOf(name)}">${box}</a>` : `<g>${box}</g>`;
  });
  const width = x - gap + margin;
  return `<svg class="lineage" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">${lines.join("")}${boxes.join("")}</svg>`;
}

/** What a model reads, the model, and what reads it. */
export function neighboursOf(graph: Graph, name: string): string {
  const reads = graph.byName.get(name)?.inputs ?? [];
  const readers = graph.children(name);
  const edges: Edge[] = [...reads.map((from): Edge => [from, name]), ...readers.map((to): Edge => [name, to])];
  return drawing([reads, [name], readers.filter((other) => !reads.includes(other))], edges, (one) =>
    graph.byName.has(one),
  );
}

/** How the models of a dataset are made of each other: each stands to the right of all that it reads there. */
export function lineageOf(graph: Graph, dataset: string): string {
  const level = new Map<string, number>();
  const inside = (name: string): boolean => graph.byName.get(name)?.dataset === dataset;
  for (const { name } of graph.models.filter((model) => model.dataset === dataset)) {
    const above = graph.parents(name).filter(inside);
    level.set(name, above.length === 0 ? 0 : 1 + Math.max(...above.map((parent) => level.get(parent) ?? 0)));
  }
  const columns: string[][] = [];
  for (const [name, at] of level) {
    columns[at] ??= [];
    columns[at].push(name);
  }
  const edges = [...level.keys()].flatMap((to) =>
    graph
      .parents(to)
      .filter(inside)
      .map((from): Edge => [from, to]),
  );
  return drawing(columns, edges, inside);
}
