import { when } from './format.js';

export type Child = Node | string | number | undefined | null | false;

type Properties<E extends HTMLElement> = { [K in Exclude<keyof E, 'attributes'>]?: E[K] | undefined } & {
  /** Attributes that are not properties: `role`, `data-…`. */
  attributes?: Record<string, string>;
};

/** Creates an element with properties and children; children that are undefined, null or false are left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<HTMLElementTagNameMap[K]> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const { attributes = {}, ...own } = properties;
  const element = document.createElement(tag);
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  Object.assign(element, Object.fromEntries(given));
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...nodes(children));
  return element;
}

function nodes(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child) => {
    if (child === undefined || child === null || child === false) return [];
    return [typeof child === 'number' ? String(child) : child];
  });
}

/** An architecture's string that can wrap between its parts. */
export function architectureText(architecture: string): HTMLElement {
  const parts = architecture.split(architecture.includes('|') ? /(?<=[|@-])(?![+@]|$)/ : /(?<=[_/,@-])(?!$)/);
  return el('span', {}, ...parts.flatMap((part) => [part, el('wbr')]).slice(0, -1));
}

let labels = 0;

/** A section of the page with a heading that names it. */
export function card(title: string, properties: Properties<HTMLElement>, ...children: Child[]): HTMLElement {
  const id = `card-${++labels}`;
  const { attributes, className = '', ...own } = properties;
  return el(
    'section',
    {
      ...own,
      className: `card ${className}`,
      attributes: { 'aria-labelledby': id, ...attributes },
    },
    el('h2', { id }, title),
    ...children,
  );
}

/** A control with its label above it. */
export function labelled<E extends HTMLElement>(text: string, control: E): HTMLElement {
  control.id ||= `control-${++labels}`;
  return el('div', { className: 'labelled' }, el('label', { htmlFor: control.id }, text), control);
}

export function button(text: string, onclick: () => void, properties: Properties<HTMLButtonElement> = {}) {
  return el('button', { type: 'button', onclick, ...properties }, text);
}

export interface TableColumn {
  readonly title: string;
  /** Right-aligned figures. */
  readonly number?: boolean;
  readonly className?: string;
}

/**
 * A table whose first column names its rows. On a phone each row becomes a paragraph that includes the columns' titles;
 * no column is hidden.
 *
 * @param caption what the table shows
 * @param look `long` also scrolls vertically; `bare` hides the caption visually, where a heading above says the same
 */
export function table(
  columns: readonly TableColumn[],
  rows: readonly HTMLTableRowElement[],
  caption: string,
  look: 'long' | 'bare' | '' = '',
) {
  const head = columns.map(({ title, number, className = '' }) =>
    el('th', { scope: 'col', className: `${number ? 'number' : ''} ${className}` }, title),
  );
  const body = el('tbody', {}, ...rows);
  const all = el('table', {}, el('caption', {}, caption), el('thead', {}, el('tr', {}, ...head)), body);
  const nameCells = () => {
    for (const { cells } of body.rows) for (const cell of cells) nameCell(cell, head[cell.cellIndex]);
  };
  nameCells();
  new MutationObserver(nameCells).observe(body, { childList: true });
  const scroll = el('div', {
    className: `scroll ${look}`,
    tabIndex: 0,
    attributes: { role: 'region', 'aria-label': caption },
  });
  scroll.append(all);
  return { element: scroll, body };
}

/** Gives a cell its column's title, for screens that show rows as paragraphs. */
function nameCell(cell: HTMLElement, head: HTMLElement | undefined): void {
  cell.dataset.column = head?.textContent ?? '';
}

export function figureCell(text: string): HTMLTableCellElement {
  return el('td', { className: 'number' }, text);
}

/** A time, on one line. */
export function timeCell(time: string): HTMLTableCellElement {
  return el('td', { className: 'time' }, when(time));
}

/** Names and values. */
export function facts(values: Readonly<Record<string, Child>>): HTMLElement {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return el(
    'dl',
    {},
    ...pairs.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );
}

/** A place for error messages, announced by screen readers. */
export function problemLine(id?: string) {
  const element = el('p', { className: 'problem', hidden: true, attributes: { role: 'alert' } });
  if (id) element.id = id;
  const show = (message: string | undefined) => {
    element.hidden = message === undefined;
    element.textContent = message ?? '';
  };
  /** Runs an action and shows its error, if any. */
  const during = async (action: () => Promise<unknown>) => {
    show(undefined);
    try {
      await action();
    } catch (error) {
      show(reasonOf(error as Error));
    }
  };
  return { element, show, during };
}

/** An error's message for the user. */
export function reasonOf(error: Error): string {
  // This is how fetch reports that nothing answers.
  return error instanceof TypeError ? 'The service does not answer.' : error.message;
}

/** Draws a chart as wide as its place, and redraws it whenever that changes, until the view is left. */
export function fitted(figure: HTMLElement, draw: (width: number) => Element, signal: AbortSignal): void {
  let drawn = 0;
  const redraw = () => {
    const width = Math.max(240, Math.floor(figure.clientWidth));
    if (width === drawn || !figure.isConnected) return;
    drawn = width;
    figure.replaceChildren(draw(width));
  };
  const observer = new ResizeObserver(redraw);
  observer.observe(figure);
  signal.addEventListener('abort', () => observer.disconnect());
}
