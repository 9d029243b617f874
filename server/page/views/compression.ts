import {
  type Compression,
  compressionUrl,
  errorName,
  fetchCompression,
  limitsText,
  type Report,
} from '../api/compressions.js';
import { isActive } from '../api/jobs.js';
import { download } from '../api/request.js';
import { drawCompressionFront, errorOf, type RankCost } from '../charts/compression-front.js';
import { button, card, el, facts, figureCell, fitted, problemLine, table } from '../dom.js';
import { capitalized, formatFigure, formatShare, when } from '../format.js';
import { JobLine } from '../parts/job-line.js';
import { ranksTable } from '../parts/ranks-table.js';
import type { View } from '../view.js';

/** A compression: its progress, then the chosen ranks and what they cost. */
export const compressionView: View = async ({ parts: [, id] }, left) => {
  const found = await fetchCompression(id);
  const place = el('div', { className: 'wide results' });
  const line = new JobLine('compression', left, () => {});
  const wrong = problemLine();
  const show = (now: Compression) => place.replaceChildren(...contentOf(now, left));
  show(found);
  const follow = async () => {
    await line.follow(id);
    if (!left.aborted) show(await fetchCompression(id));
  };
  if (isActive(found)) void wrong.during(follow);
  return {
    title: found.name,
    intro: `Compressed to ${limitsText(found)}`,
    content: [
      ...(isActive(found) ? [card('Progress', { className: 'wide' }, line.element, wrong.element)] : []),
      place,
    ],
  };
};

function contentOf(found: Compression, left: AbortSignal): HTMLElement[] {
  const { report, state, error } = found;
  if (report) return reportCards(found, report, left);
  if (isActive(found)) return [];
  return [
    card(state, {}, el('p', { className: 'problem' }, error ?? 'It was cancelled before it was done.')),
  ];
}

function reportCards(found: Compression, report: Report, left: AbortSignal): HTMLElement[] {
  const { id, name, createdAt, notes, request } = found;
  const { accuracy, denseAccuracy, parameters, denseParameters, latencyMs, denseMs, evaluated } = report;
  const error = errorName(found);
  const wrong = problemLine('download-problem');
  const save = () => wrong.during(() => download(`${compressionUrl(id)}/model`, `${name}.onnx`));
  const about = facts({
    Parameters: `${formatShare(parameters)} of ${denseParameters.toLocaleString('en')} are left`,
    [capitalized(error)]:
      `${errorOf({ accuracy }).toFixed(2)} %, before ${errorOf({ accuracy: denseAccuracy }).toFixed(2)} %`,
    Latency:
      latencyMs === undefined
        ? undefined
        : `${formatFigure(latencyMs)} ms, before ${formatFigure(denseMs!)} ms, predicted for ${request.device}`,
    Evaluated: `${evaluated.length.toLocaleString('en')} choices of ranks`,
    Started: when(createdAt),
  });
  const costs: RankCost[] = [
    {
      label: 'parameters left, %',
      limit: typeof request.maxParameters === 'number' ? 100 * request.maxParameters : undefined,
      of: (each) => 100 * each.parameters,
    },
    ...(latencyMs === undefined
      ? []
      : [
          {
            label: `latency on ${request.device}, ms`,
            limit: typeof request.maxLatencyMs === 'number' ? request.maxLatencyMs : undefined,
            of: (each: Report['evaluated'][number]) => each.latencyMs!,
          },
        ]),
  ];
  const fronts = costs.map((cost) => {
    const figure = el('figure', { className: 'front' });
    fitted(figure, (width) => drawCompressionFront(report, error, cost, width), left);
    return card(`${capitalized(error)} and ${cost.label.split(/ left| on|,/)[0]}`, {}, figure);
  });
  return [
    card(
      'Result',
      {},
      about,
      ...notes.map((note) => el('p', { className: 'problem' }, note)),
      el(
        'div',
        { className: 'buttons' },
        button('Download the smaller model', () => void save(), { id: 'save-model' }),
      ),
      wrong.element,
    ),
    ...fronts,
    card('Chosen ranks', { className: 'wide' }, ranksTable(report), ...leftAlone(report)),
    card('Everything evaluated', { className: 'wide' }, evaluatedTable(report, error)),
  ];
}

/** Matrices for which no ranks were chosen, each with the reason. */
function leftAlone({ leftAlone }: Report): HTMLElement[] {
  if (leftAlone.length === 0) return [];
  const lines = leftAlone.map(({ name, elements, reason }) =>
    el('li', {}, `${name} (${elements.toLocaleString('en')} numbers): ${reason}`),
  );
  const summary = el('summary', {}, `${leftAlone.length} left unchanged`);
  return [el('details', {}, summary, el('ul', { className: 'hint' }, ...lines))];
}

function evaluatedTable(report: Report, error: string): HTMLElement {
  const hasLatency = report.latencyMs !== undefined;
  const columns = [
    { title: 'Ranks' },
    { title: `${capitalized(error)}, %`, number: true },
    { title: 'Parameters left', number: true },
    ...(hasLatency ? [{ title: 'Latency, ms', number: true }] : []),
    { title: 'Within the limits' },
  ];
  const rows = [...report.evaluated]
    .sort((a, b) => Number(b.withinLimits) - Number(a.withinLimits) || b.accuracy - a.accuracy)
    .map((each) =>
      el(
        'tr',
        { ariaCurrent: each.ranks === report.ranks ? 'true' : undefined },
        el('th', { scope: 'row' }, each.ranks),
        figureCell(errorOf(each).toFixed(2)),
        figureCell(formatShare(each.parameters)),
        hasLatency && figureCell(formatFigure(each.latencyMs!)),
        el('td', {}, each.withinLimits ? 'yes' : 'no'),
      ),
    );
  const all = table(
    columns,
    rows,
    'Ranks in the order of the matrices, the best within the limits first',
    'long',
  );
  const summary = el('summary', {}, `${rows.length.toLocaleString('en')} choices in a table`);
  return el('details', { id: 'all-ranks' }, summary, all.element);
}
