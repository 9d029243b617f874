import { fetchOverview } from './api/devices.js';
import { forgetKey, hasKey, onKeyNeeded } from './api/request.js';
import { button, card, el, reasonOf } from './dom.js';
import { askForKey } from './parts/sign-in.js';
import { addressOf, currentRoute } from './router.js';
import type { Shown, View } from './view.js';
import { accelerators } from './views/accelerators.js';
import { access } from './views/access.js';
import { codesign } from './views/codesign.js';
import { comparedSearches } from './views/compared-searches.js';
import { compression } from './views/compression.js';
import { compressions } from './views/compressions.js';
import { datasets } from './views/datasets.js';
import { device } from './views/device.js';
import { devices } from './views/devices.js';
import { emulators } from './views/emulators.js';
import { jobs } from './views/jobs.js';
import { noSuchPage } from './views/no-such-page.js';
import { predict } from './views/predict.js';
import { search } from './views/search.js';
import { searches } from './views/searches.js';
import { spaces } from './views/spaces.js';

/** Views by the first part of their address; one of a single thing where there is a second part. */
const VIEWS: Record<string, { label: string; all: View; one?: View }> = {
  predict: { label: 'Predict', all: predict },
  devices: { label: 'Devices', all: devices, one: device },
  datasets: { label: 'Datasets', all: datasets },
  spaces: { label: 'Spaces', all: spaces },
  jobs: { label: 'Jobs', all: jobs },
  searches: {
    label: 'Searches',
    all: searches,
    one: (route, left) => (route.parts[1] === 'compared' ? comparedSearches : search)(route, left),
  },
  accelerators: { label: 'Accelerators', all: accelerators },
  codesign: { label: 'Codesign', all: codesign },
  emulators: { label: 'Emulators', all: emulators },
  compressions: { label: 'Compress', all: compressions, one: compression },
  access: { label: 'Access', all: access },
};

const NOWHERE = { label: 'No such page', all: noSuchPage, one: noSuchPage };

const at = (id: string) => document.getElementById(id)!;
const main = at('main');

let left = new AbortController();
let shown: Shown | undefined;
let shownAt = '';

const links = Object.entries(VIEWS).map(([name, { label }]) => el('a', { href: addressOf([name]) }, label));
at('views').append(...links);

/** @param focus whether the reader goes to the new view, as one does who followed a link */
async function show(focus: boolean): Promise<void> {
  const route = currentRoute();
  const place = route.parts.join('/');
  if (place === shownAt && shown?.update) return shown.update(route);
  left.abort();
  left = new AbortController();
  // What is on the page is left for good, also by who comes back before the next view is there.
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

/** Who is signed in, and how to end that. */
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
  // A key that opens nothing is asked for again by the view.
  const { caller } = await fetchOverview().catch(() => ({ caller: null }));
  if (caller) who.textContent = `Signed in as ${caller.name} (${caller.role})`;
}

onKeyNeeded(async (problem) => {
  const key = await askForKey(problem);
  setTimeout(() => void showFooter());
  return key;
});
document.querySelector('.skip')!.addEventListener('click', (event) => {
  // The address after # is the view's.
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', () => show(true));
void showFooter();
show(false);
