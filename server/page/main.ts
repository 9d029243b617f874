import { fetchOverview } from './api/devices.js';
import { forgetKey, hasKey, onKeyNeeded } from './api/request.js';
import { button, card, el, reasonOf } from './dom.js';
import { askForKey } from './parts/sign-in.js';
import { addressOf, currentRoute } from './router.js';
import type { Shown, View } from './view.js';
import { acceleratorsView } from './views/accelerators.js';
import { accessView } from './views/access.js';
import { codesignView } from './views/codesign.js';
import { comparedSearchesView } from './views/compared-searches.js';
import { compressionView } from './views/compression.js';
import { compressionsView } from './views/compressions.js';
import { datasetsView } from './views/datasets.js';
import { deviceView } from './views/device.js';
import { devicesView } from './views/devices.js';
import { emulatorsView } from './views/emulators.js';
import { jobsView } from './views/jobs.js';
import { noSuchPageView } from './views/no-such-page.js';
import { predictView } from './views/predict.js';
import { searchView } from './views/search.js';
import { searchesView } from './views/searches.js';
import { spacesView } from './views/spaces.js';

/** Views by the first part of their address; `one` is the view of a single thing, for addresses with a second part. */
const VIEWS: Record<string, { label: string; all: View; one?: View }> = {
  predict: { label: 'Predict', all: predictView },
  devices: { label: 'Devices', all: devicesView, one: deviceView },
  datasets: { label: 'Datasets', all: datasetsView },
  spaces: { label: 'Spaces', all: spacesView },
  jobs: { label: 'Jobs', all: jobsView },
  searches: {
    label: 'Searches',
    all: searchesView,
    one: (route, left) => (route.parts[1] === 'compared' ? comparedSearchesView : searchView)(route, left),
  },
  accelerators: { label: 'Accelerators', all: acceleratorsView },
  codesign: { label: 'Codesign', all: codesignView },
  emulators: { label: 'Emulators', all: emulatorsView },
  compressions: { label: 'Compress', all: compressionsView, one: compressionView },
  access: { label: 'Access', all: accessView },
};

const NOWHERE = { label: 'No such page', all: noSuchPageView, one: noSuchPageView };

const at = (id: string) => document.getElementById(id)!;
const main = at('main');

let left = new AbortController();
let shown: Shown | undefined;
let shownAt = '';

const links = Object.entries(VIEWS).map(([name, { label }]) => el('a', { href: addressOf([name]) }, label));
at('views').append(...links);

/** @param focus whether to move the focus to the new view, as after following a link */
async function show(focus: boolean): Promise<void> {
  const route = currentRoute();
  const place = route.parts.join('/');
  if (place === shownAt && shown?.update) return shown.update(route);
  left.abort();
  left = new AbortController();
  // The current view is left for good, even if the reader returns before the next one is ready.
  shown = undefined;
  const { signal } = left;
  const [name] = route.parts;
  const { all, one = all, label } = Object.hasOwn(VIEWS, name) ? VIEWS[name] : NOWHERE;
  for (const link of links) link.ariaCurrent = link.textContent === label ? 'page' : null;
  main.ariaBusy = 'true';
  const made = await (route.parts.length > 1 ? one : all)(route, signal).catch(
    (error: Error): Shown => ({ title: label, content: [problemCard(error)] }),
  );
  if (signal.aborted) return;
  shown = made;
  shownAt = place;
  main.ariaBusy = 'false';
  document.title = `${made.title} · tempograph`;
  const heading = el('h1', { tabIndex: -1 }, made.title);
  const intro = made.intro === undefined ? undefined : el('p', { className: 'intro' }, made.intro);
  main.replaceChildren(heading, ...(intro ? [intro] : []), ...made.content);
  scrollTo(0, 0);
  if (focus) heading.focus();
}

function problemCard(error: Error): HTMLElement {
  const again = button('Try again', () => show(true), { className: 'quiet' });
  return card(
    'That did not work',
    { className: 'wide', attributes: { role: 'alert' } },
    el('p', {}, reasonOf(error)),
    el('div', { className: 'buttons' }, again),
  );
}

/** Shows who is signed in, and a button to sign out. */
async function showFooter(): Promise<void> {
  if (!hasKey()) {
    at('footer').replaceChildren();
    return;
  }
  const signOut = () => {
    forgetKey();
    location.reload();
  };
  const forget = button('Forget my key', signOut, { className: 'quiet' });
  const who = el('span', { className: 'hint' });
  at('footer').replaceChildren(el('div', { className: 'buttons' }, who, forget));
  // If the key is invalid, the view asks for another.
  const { caller } = await fetchOverview().catch(() => ({ caller: null }));
  if (caller) who.textContent = `Signed in as ${caller.name} (${caller.role})`;
}

onKeyNeeded(async (problem) => {
  const key = await askForKey(problem);
  setTimeout(() => void showFooter());
  return key;
});
document.querySelector('.skip')!.addEventListener('click', (event) => {
  // The address after # belongs to the view.
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', () => show(true));
void showFooter();
show(false);
