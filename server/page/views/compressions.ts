import { fetchKernelsDevices } from '../api/accelerators.js';
import { type CompressionSummary, fetchCompressions, limitsText } from '../api/compressions.js';
import { fetchOverview } from '../api/devices.js';
import { isActive } from '../api/jobs.js';
import { card, el, figureCell, table, timeCell } from '../dom.js';
import { formatShare } from '../format.js';
import { CompressionForm } from '../parts/compression-form.js';
import { keepFresh } from '../parts/keep-fresh.js';
import { addressOf } from '../router.js';
import type { View } from '../view.js';

const TITLE = 'Compress';

/** The list of compressions, and a form for a new one. */
export const compressionsView: View = async (_route, left) => {
  const { store } = await fetchOverview();
  if (store !== 'ready') {
    const why =
      store === 'off'
        ? 'This service keeps no data, so it has no jobs.'
        : 'The store does not answer at the moment.';
    return { title: TITLE, content: [card('Nothing to compress', { className: 'wide' }, el('p', {}, why))] };
  }
  const [{ devices }, known] = await Promise.all([fetchKernelsDevices(), fetchCompressions()]);
  const columns = [
    { title: 'Model' },
    { title: 'State' },
    { title: 'Limit' },
    { title: 'Parameters left', number: true },
    { title: 'Lost, points', number: true },
    { title: 'Started' },
  ];
  const { element, body } = table(columns, [], 'Compressions, the latest first', 'bare');
  body.id = 'compression-rows';
  const none = el('p', {}, 'There are none yet.');
  const refresh = async () => {
    const { compressions: found } = await fetchCompressions();
    body.replaceChildren(...found.map(row));
    none.hidden = found.length > 0;
    element.hidden = found.length === 0;
    return found.some(isActive);
  };
  if (await refresh()) void keepFresh(body, refresh, left);
  return {
    title: TITLE,
    intro: 'Replace each large matrix of a recurrent or linear model by two small factors.',
    content: [
      card('Compressions', { className: 'wide' }, none, element),
      new CompressionForm(devices, known).element,
    ],
  };
};

function row(compression: CompressionSummary): HTMLTableRowElement {
  const { id, name, state, found, createdAt } = compression;
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, el('a', { href: addressOf(['compressions', id]) }, name)),
    el('td', {}, el('span', { className: `state ${state}` }, state)),
    el('td', {}, limitsText(compression)),
    figureCell(found ? formatShare(found.parameters) : '–'),
    figureCell(found ? (found.denseAccuracy - found.accuracy).toFixed(2) : '–'),
    timeCell(createdAt),
  );
}
