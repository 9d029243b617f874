import { card, el } from '../dom.js';
import { addressOf } from '../router.js';
import type { View } from '../view.js';

/** Shown for an address without a view. */
export const noSuchPageView: View = async ({ parts }) => ({
  title: 'No such page',
  content: [
    card(
      'There is nothing at this address',
      { className: 'wide', attributes: { role: 'alert' } },
      el(
        'p',
        {},
        `There is no page “${parts.join('/').slice(0, 200)}”; see the menu above for those that exist.`,
      ),
      el('p', {}, el('a', { href: addressOf(['predict']) }, 'Predict')),
    ),
  ],
});
