import { card, el } from '../dom.js';
import { addressOf } from '../router.js';
import type { View } from '../view.js';

/** What an address shows that leads nowhere. */
export const noSuchPageView: View = async ({ parts }) => ({
  title: 'No such page',
  content: [
    card(
      'There is nothing at this address',
      { className: 'wide', attributes: { role: 'alert' } },
      el('p', {}, `There is no page “${parts.join('/').slice(0, 200)}”; the ones there are stand above.`),
      el('p', {}, el('a', { href: addressOf(['predict']) }, 'Predict')),
    ),
  ],
});
