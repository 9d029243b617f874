import { fetchOverview } from '../api/devices.js';
import { fetchSpaces, removeSpace, uploadSpace } from '../api/spaces.js';
import { button, card, el, figureCell, labelled, problemLine, table } from '../dom.js';
import { formatCount } from '../format.js';
import { addressOf, goTo } from '../router.js';
import type { View } from '../view.js';

/** The search spaces, with uploading and removing one's own. */
export const spacesView: View = async () => {
  const [all, { store }] = await Promise.all([fetchSpaces(), fetchOverview()]);
  const wrong = problemLine('space-in-use');
  const { element, body } = table(
    [{ title: 'Space' }, { title: 'Architectures', number: true }, { title: 'Version' }, { title: '' }],
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
        figureCell(formatCount(size)),
        el('td', { className: 'word' }, version ?? 'built in'),
        el('td', {}, ...(version === undefined ? [] : [removeButton(name, wrong)])),
      ),
    ),
    'Search spaces',
    'bare',
  );
  body.id = 'space-rows';
  return {
    title: 'Spaces',
    intro: 'Which networks can be measured, predicted and searched.',
    content: [
      card(`${all.length} spaces`, { className: 'wide' }, wrong.element, element),
      ...(store === 'off' ? [] : [uploadCard()]),
    ],
  };
};

function removeButton(name: string, wrong: ReturnType<typeof problemLine>): HTMLElement {
  const remove = async () => {
    if (!confirm(`Remove the space ${name}, with all its versions?`)) return;
    await removeSpace(name);
    goTo(['spaces'], { removed: name });
  };
  return button('Remove', () => void wrong.during(remove), {
    className: 'link',
    ariaLabel: `Remove the space ${name}`,
  });
}

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
        throw new Error(`${chosen.name} is not JSON: ${(error as Error).message}`);
      }
      const { name, version } = await uploadSpace(content);
      goTo(['spaces'], { uploaded: `${name} ${version}` });
    });
  return card(
    'Your own space',
    { className: 'wide' },
    el(
      'p',
      {},
      'Its file says which choices make up a network, and which operators they become. Uploaded again under the same ' +
        'name, it becomes a new version, provided that it still contains all measured networks.',
    ),
    labelled('File, as described in docs/guides/your-own-space.md', file),
    wrong.element,
  );
}
