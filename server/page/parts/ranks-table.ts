import type { Report } from '../api/compressions.js';
import { el, figureCell, table } from '../dom.js';
import { formatShare } from '../format.js';

type Matrix = Report['matrices'][number];

/** Most matrices shown without scrolling. */
const MOST_WHOLE = 30;
/** The role of a matrix, in words. */
const PARTS: Readonly<Record<string, string>> = {
  right: 'weights',
  left: 'weights',
  input: 'weights of the input',
  recurrent: 'weights of the last output',
};

/** The chosen rank of each matrix as a bar, with the full rank behind it and a mark at the break-even rank. */
export function ranksTable({ matrices }: Report): HTMLElement {
  const columns = [
    { title: 'Matrix' },
    { title: 'Size', number: true },
    { title: 'Rank', number: true },
    { title: 'Of the full rank' },
    { title: 'Parameters left', number: true },
    { title: 'Energy kept', number: true },
  ];
  const rows = matrices.map((matrix) => {
    const { name, part, rows, columns, rank, energy } = matrix;
    const left = rank === null ? 1 : (rank * (rows + columns)) / (rows * columns);
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, name, el('small', {}, PARTS[part] ?? part)),
      figureCell(`${rows} × ${columns}`),
      figureCell(rank === null ? 'dense' : String(rank)),
      bar(matrix),
      figureCell(formatShare(left)),
      figureCell(formatShare(energy)),
    );
  });
  const { element, body } = table(
    columns,
    rows,
    'Ranks of the matrices',
    rows.length > MOST_WHOLE ? 'long' : '',
  );
  body.id = 'rank-rows';
  const legend = el(
    'p',
    { className: 'legend' },
    el('span', { className: 'key-rank' }),
    ' chosen ',
    el('span', { className: 'key-range' }),
    ' full rank; beyond the mark (the break-even rank) two factors would be larger than the matrix, which therefore stays dense. Energy is the share of the squared singular values.',
  );
  return el('div', {}, element, legend);
}

function bar({ rows, columns, rank, breakEven }: Matrix): HTMLTableCellElement {
  const full = Math.min(rows, columns);
  const part = (className: string, property: 'left' | 'width', value: number) => {
    const span = el('span', { className });
    span.style[property] = `${(100 * value) / full}%`;
    return span;
  };
  const track = el(
    'div',
    {},
    part('range', 'width', full),
    part(rank === null ? 'rank dense' : 'rank', 'width', rank ?? full),
    part('median', 'left', breakEven),
  );
  track.title = rank === null ? `dense, of ${full}` : `${rank} of ${full}`;
  return el('td', { className: 'strip' }, track);
}
