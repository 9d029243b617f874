import { type FrontierFile, type FrontierPoint, fetchFrontier, fetchFrontiers } from '../api/accelerators.js';
import {
  ACCURACY_PERCENT,
  AREA_MM2,
  drawFrontier,
  LATENCY_MS,
  type PointQuantity,
} from '../charts/frontier.js';
import { LinkedPlots } from '../charts/linked-plots.js';
import { architectureText, card, el, facts, figureCell, labelled, table } from '../dom.js';
import { formatFigure } from '../format.js';
import { parseCell } from '../parts/cell.js';
import { drawCell } from '../parts/cell-graph.js';
import { addressOf, goTo } from '../router.js';
import type { View } from '../view.js';

/** Most rows in the table of brushed points. */
const MOST_LISTED = 20;
const PLOTS: readonly { x: PointQuantity; color: PointQuantity }[] = [
  { x: LATENCY_MS, color: AREA_MM2 },
  { x: AREA_MM2, color: LATENCY_MS },
];

const TITLE = 'Codesign';
const INTRO =
  'Networks and accelerators chosen together: the pairs that no other beats in accuracy, latency and area at once.';

/** A frontier of three quantities in two linked plots. */
export const codesignView: View = async ({ parts: [, wanted] }, left) => {
  const { frontiers, problems } = await fetchFrontiers();
  const name = wanted ?? frontiers[0]?.name;
  const damaged = problems.map(({ message }) => el('p', { className: 'problem' }, message));
  if (name === undefined) {
    const how = el(
      'p',
      {},
      'There is no frontier yet. ',
      el('code', {}, 'npx tempograph codesign --accuracy <csv>:<column>'),
      ' makes one; its file is shown here once it is in the folder ',
      el('code', {}, 'frontiers'),
      ' of this service’s data.',
    );
    return {
      title: TITLE,
      intro: INTRO,
      content: [card('No frontier', { className: 'wide' }, how, ...damaged)],
    };
  }
  const frontier = await fetchFrontier(name);
  const choice = el(
    'select',
    { id: 'frontier', onchange: () => goTo(['codesign', choice.value]) },
    ...frontiers.map(
      (each) => new Option(`${each.name} · ${each.points.toLocaleString('en')} points`, each.name),
    ),
  );
  choice.value = name;
  const { accuracy, pairs, points, seconds, space } = frontier;
  const about = facts({
    Space: space,
    Accuracy: `${accuracy.column} of ${accuracy.file}`,
    Frontier: `${points.length.toLocaleString('en')} of ${pairs.toLocaleString('en')} pairs, found in ${seconds.toFixed(0)} s`,
  });
  return {
    title: TITLE,
    intro: INTRO,
    content: [
      card('Frontier', { className: 'wide' }, labelled('From', choice), about, ...damaged),
      ...plots(frontier, left),
    ],
  };
};

function plots({ points, space }: FrontierFile, left: AbortSignal): Node[] {
  const shown = el('div', { id: 'pair', className: 'pair', attributes: { 'aria-live': 'polite' } });
  const brushed = el('div', { id: 'brushed' });
  const linked = new LinkedPlots({
    onPoint: (index) => shown.replaceChildren(...pairFacts(points[index], space)),
    onBrush: (indices) => brushed.replaceChildren(...(indices ? listed(indices.map((i) => points[i])) : [])),
  });
  const figures = PLOTS.map(() => el('figure', { className: 'linked' }));
  const grid = el('div', { className: 'plots' }, ...figures);
  let drawnAt = 0;
  const draw = () => {
    const width = Math.max(260, figures[0].clientWidth);
    if (width === drawnAt || !grid.isConnected) return;
    drawnAt = width;
    const scatters = PLOTS.map(({ x, color }) => drawFrontier(points, x, color, width));
    scatters.forEach(({ svg }, i) => {
      const legend = el(
        'figcaption',
        {},
        `Colour: ${PLOTS[i].color.label}, from dark (low) to bright (high)`,
      );
      figures[i].replaceChildren(svg, legend);
    });
    linked.connect(scatters);
  };
  const observer = new ResizeObserver(draw);
  observer.observe(grid);
  left.addEventListener('abort', () => observer.disconnect());
  const hint =
    'Point at a pair, or step through them with the arrow keys. Drag a rectangle to select pairs; Escape clears it.';
  shown.append(el('p', { className: 'hint' }, 'No pair is chosen yet.'));
  return [
    card(
      'Accuracy against latency and against area',
      { className: 'wide' },
      el('p', { className: 'hint' }, hint),
      grid,
      brushed,
    ),
    card('The pair', { className: 'wide' }, shown),
  ];
}

function pairFacts({ architecture, configuration, ...point }: FrontierPoint, space: string): Node[] {
  const cell = space === 'nasbench201' ? parseCell(architecture) : undefined;
  const { accuracyPercent, latencyMs, areaMm2 } = point;
  const network = el(
    'a',
    { href: addressOf(['predict'], { space, arch: architecture }) },
    architectureText(architecture),
  );
  const choices = Object.entries(configuration).map(([name, value]) => `${name} ${value}`);
  const about = facts({
    Accuracy: `${accuracyPercent.toFixed(2)} %`,
    Latency: `${formatFigure(latencyMs)} ms`,
    Area: `${areaMm2.toFixed(1)} mm²`,
    'Performance per area': `${(1000 / latencyMs / (areaMm2 / 100)).toFixed(1)} images/s/cm²`,
    Accelerator: choices.join(', '),
    Network: network,
  });
  return [about, ...(cell ? [drawCell(cell)] : [])];
}

/** Brushed pairs as a table, the most accurate first. */
function listed(points: readonly FrontierPoint[]): Node[] {
  const best = [...points]
    .sort((a, b) => ACCURACY_PERCENT.of(b) - ACCURACY_PERCENT.of(a))
    .slice(0, MOST_LISTED);
  const rows = best.map(({ architecture, accuracyPercent, latencyMs, areaMm2 }) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, architectureText(architecture)),
      figureCell(accuracyPercent.toFixed(2)),
      figureCell(formatFigure(latencyMs)),
      figureCell(areaMm2.toFixed(1)),
    ),
  );
  const columns = [
    { title: 'Network' },
    { title: 'Accuracy, %', number: true },
    { title: 'Latency, ms', number: true },
    { title: 'Area, mm²', number: true },
  ];
  const caption = `${points.length.toLocaleString('en')} selected${points.length > MOST_LISTED ? `, the ${MOST_LISTED} most accurate` : ''}`;
  return [table(columns, rows, caption, 'long').element];
}
