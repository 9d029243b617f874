import { fetchOverview } from '../api/devices.js';
import { fetchSpaces, uploadSpace } from '../api/spaces.js';
import { card, el, figureCell, labelled, problemLine, table } from '../dom.js';
import { addressOf, goTo } from '../router.js';
import type { View } from '../view.js';

/** The search spaces there are; another one is uploaded. */
export const spaces: View = async () => {
  const [all, { store }] = await Promise.all([fetchSpaces(), fetchOverview()]);
  const { element, body } = table(
    [{ title: 'Space' }, { title: 'Architectures', number: true }, { title: 'Version' }],
    all.map(({ name, description, size, version }) =>
      el(
        'tr',
        {},
        el(
          'th',
          { scope: 'row' },
          el('a', { href: addressOf(['predict'], { space: name }) }, name),
          el('small', {}, description),
        ),
        figureCell(size < 1e9 ? size.toLocaleString('en') : size.toExponential(1)),
        el('td', {}, version ?? 'built in, or given at start'),
      ),
    ),
    'Search spaces: which networks can be measured, predicted and searched',
  );
  body.id = 'space-rows';
  return {
    title: 'Spaces',
    content: [
      card(`${all.length} spaces`, { className: 'wide' }, element),
      ...(store === 'off' ? [] : [uploadCard()]),
    ],
  };
};

function uploadCard(): HTMLElement {
  const wrong = problemLine('space-problem');
  const file = el('input', { type: 'file', id: 'space-file', accept: '.json' });
  file.onchange = () =>
    void wrong.during(async () => {
      const [chosen] = file.files ?? [];
      file.value = '';
      if (!chosen) return;
      let content: object;
      try {
        content = JSON.parse(await chosen.text());
      } catch (error) {
        throw new Error(`${chosen.name} is no JSON: ${(error as Error).message}`);
      }
      const { name, version } = await uploadSpace(content);
      goTo(['spaces'], { uploaded: `${name} ${version}` });
    });
  return card(
    'A space of your own',
    { className: 'wide' },
    el(
      'p',
      {},
      'Its file says which choices make a network, and which operators they become. Uploaded again under the same ' +
        'name it is a new version, as long as what was measured stays in it.',
    ),
    labelled('File, as in docs/guides/your-own-space.md', file),
    wrong.element,
  );
}
