import { fetchOverview } from '../api/devices.js';
import { card, el } from '../dom.js';
import { ChangesCard } from '../parts/changes-card.js';
import { KeysCard } from '../parts/keys-card.js';
import type { View } from '../view.js';

const TITLE = 'Access';
const INTRO = 'Who may use this service, and who changed what.';

/** API keys and the log of changes, for administrators. */
export const accessView: View = async () => {
  const { store, caller } = await fetchOverview();
  const why = reasonForNone(store, caller);
  if (why !== undefined) {
    return {
      title: TITLE,
      intro: INTRO,
      content: [card('No keys', { className: 'wide' }, el('p', {}, why))],
    };
  }
  const keys = new KeysCard(caller);
  const changes = new ChangesCard();
  await Promise.all([keys.refresh(), changes.refresh()]);
  return { title: TITLE, intro: INTRO, content: [keys.element, changes.element] };
};

type Overview = Awaited<ReturnType<typeof fetchOverview>>;

function reasonForNone(store: Overview['store'], caller: Overview['caller']): string | undefined {
  if (store === 'off') return 'This service keeps no data, so it has no keys.';
  if (store === 'failed') return 'The store does not answer at the moment.';
  if (caller && caller.role !== 'admin') {
    return `Only administrators can see keys and changes. Your key, ${caller.name}, has the role ${caller.role}.`;
  }
  return undefined;
}
