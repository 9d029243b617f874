import { fetchOverview } from '../api/devices.js';
import { isActive } from '../api/jobs.js';
import { fetchSearches, type SearchSummary, searchTitle } from '../api/searches.js';
import { button, card, el, figureCell, table, timeCell } from '../dom.js';
import { keepFresh } from '../parts/keep-fresh.js';
import { searchForm } from '../parts/search-form.js';
import { addressOf, goTo } from '../router.js';
import type { View } from '../view.js';

const TITLE = 'Searches';

/** The list of searches, and a form for a new one. */
export const searchesView: View = async (_route, left) => {
  const { store } = await fetchOverview();
  if (store !== 'ready') {
    const why =
      store === 'off'
        ? 'This service keeps no data, so it cannot search.'
        : 'The store does not answer at the moment.';
    return { title: TITLE, content: [card('No searches', { className: 'wide' }, el('p', {}, why))] };
  }
  const chosen = new Set<string>();
  const compare = button('Compare', () => goTo(['searches', 'compared'], { of: [...chosen].join(',') }), {
    id: 'compare',
    className: 'quiet',
    disabled: true,
  });
  const onChoose = (id: string, isChosen: boolean) => {
    if (isChosen) chosen.add(id);
    else chosen.delete(id);
    compare.disabled = chosen.size < 2;
  };
  const columns = [
    { title: 'Compare' },
    { title: 'Search' },
    { title: 'State' },
    { title: 'Trained', number: true },
    { title: 'Best,\u00a0%', number: true },
    { title: 'Started' },
  ];
  const { element, body } = table(columns, [], 'Searches, the latest first', 'bare');
  body.id = 'search-rows';
  const none = el('p', {}, 'There are none yet.');
  const refresh = async () => {
    const found = await fetchSearches();
    body.replaceChildren(...found.map((search) => searchRow(search, chosen.has(search.id), onChoose)));
    none.hidden = found.length > 0;
    element.hidden = found.length === 0;
    return found.some(isActive);
  };
  if (await refresh()) void keepFresh(body, refresh, left);
  const list = card(
    'Searches',
    { className: 'wide' },
    none,
    element,
    el('div', { className: 'buttons' }, compare),
  );
  return {
    title: TITLE,
    intro: 'Find the most accurate network within limits while training as few as possible.',
    content: [list, await searchForm()],
  };
};

function searchRow(
  search: SearchSummary,
  isChosen: boolean,
  onChoose: (id: string, isChosen: boolean) => void,
) {
  const { id, state, trained, failed, request, best, createdAt } = search;
  const title = searchTitle(search);
  const box = el('input', {
    type: 'checkbox',
    checked: isChosen,
    ariaLabel: `compare ${title}`,
    onchange: () => onChoose(id, box.checked),
  });
  return el(
    'tr',
    {},
    el('td', {}, box),
    el('th', { scope: 'row' }, el('a', { href: addressOf(['searches', id]) }, title)),
    el('td', {}, el('span', { className: `state ${state}` }, state)),
    figureCell(`${trained} of ${request.budget}${failed > 0 ? `, ${failed} failed` : ''}`),
    figureCell(best ? best.accuracy.toFixed(2) : '–'),
    timeCell(createdAt),
  );
}
