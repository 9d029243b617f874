import { fetchSearch, type SearchAnswer, searchTitle } from '../api/searches.js';
import { drawCurves, REWARD } from '../charts/search-curve.js';
import { architectureText, card, el, figureCell, fitted, table } from '../dom.js';
import { addressOf } from '../router.js';
import type { View } from '../view.js';

/** Numbers of trained networks at which searches are compared. */
const AT = [10, 25, 50, 100, 200];

/** Several searches side by side: their curves, and their best after given numbers of networks. */
export const comparedSearchesView: View = async ({ settings }, left) => {
  const ids = (settings.get('of') ?? '').split(',').filter(Boolean);
  if (ids.length === 0) throw new Error('No searches are selected; choose some in the list of searches.');
  const found = await Promise.all(ids.map(fetchSearch));
  const most = Math.max(...found.map(({ request }) => request.budget));
  const optima = new Set(found.map(({ optimum }) => optimum));
  const optimum = optima.size === 1 ? [...optima][0] : null;
  const curves = found.map((search, i) => ({
    name: `${i + 1}: ${searchTitle(search)}`,
    points: search.curve,
  }));
  const ofPairs = found.filter(({ request }) => request.codesign).length;
  if (ofPairs > 0 && ofPairs < found.length) {
    throw new Error(
      'Searches for pairs maximise a reward, searches for networks their accuracy: choose searches of one kind.',
    );
  }
  const [best, unit] = ofPairs > 0 ? ['Best reward', ''] : ['Best accuracy', ', %'];
  const figure = el('figure', { id: 'compared-curves' });
  fitted(figure, (width) => drawCurves(curves, most, optimum, width, ofPairs > 0 ? REWARD : undefined), left);
  const at = AT.filter((trained) => trained <= most);
  const columns = [
    { title: 'Search' },
    ...at.map((trained) => ({ title: `After ${trained}`, number: true })),
    { title: 'At the end', number: true },
    { title: 'Best network' },
  ];
  const rows = found.map((search, i) =>
    el(
      'tr',
      {},
      el(
        'th',
        { scope: 'row' },
        el('a', { href: addressOf(['searches', search.id]) }, `${i + 1}: ${searchTitle(search)}`),
      ),
      ...at.map((trained) => figureCell(bestAfter(search, trained))),
      figureCell(bestAfter(search, search.curve.length)),
      el('td', {}, search.best && architectureText(search.best.architecture)),
    ),
  );
  const all = table(
    columns,
    rows,
    `${best}${unit}, after a number of trained ${ofPairs > 0 ? 'pairs' : 'networks'}`,
  ).element;
  return {
    title: 'Searches compared',
    content: [
      card(`${best} so far`, { className: 'wide' }, figure),
      card('Side by side', { className: 'wide' }, all),
    ],
  };
};

/** The best after a number of trained networks; a dash if the search stopped earlier. */
function bestAfter({ curve, request }: SearchAnswer, trained: number): string {
  return curve[trained - 1]?.best.toFixed(request.codesign ? 4 : 2) ?? '–';
}
