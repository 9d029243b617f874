import { escaped } from '../../base/escaped.js';
import { STYLE } from './style.js';

/** A report as a self-contained HTML file. `parts` are HTML, with all text in them escaped. */
export function htmlPage(
  title: string,
  parts: readonly string[],
  task: Readonly<Record<string, unknown>>,
): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)} – tempograph search</title><style>${STYLE}</style></head><body><main>`,
    `<h1>${escaped(title)}</h1>`,
    ...parts,
    `<details><summary>Everything that decides the search</summary><pre>${escaped(JSON.stringify(task, null, 2))}</pre></details>`,
    '</main></body></html>',
  ].join('\n');
}

/** Width in pixels of a plot on a phone. */
const PHONE_PLOT = 328;

/** A plot, with a second version for phones: scaled down, it could not be read there. */
export function figure(plot: (width?: number) => string): string {
  const drawn = `<div class="wide">${plot()}</div><div class="narrow">${plot(PHONE_PLOT)}</div>`;
  return `<figure>${drawn}</figure>`;
}

/** Names and values, side by side. */
export function factList(entries: readonly (readonly [name: string, value: string])[]): string {
  const items = entries.map(
    ([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`,
  );
  return `<dl class="facts">${items.join('')}</dl>`;
}

/** A table of text, with code in the last column. */
export function codeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map((cells) => {
    const last = cells.length - 1;
    const shown = cells.map((cell, i) => (i === last ? `<code>${escaped(cell)}</code>` : escaped(cell)));
    return `<tr><td>${shown.join('</td><td>')}</td></tr>`;
  });
  const titles = head.map((title) => `<th>${escaped(title)}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${titles}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
