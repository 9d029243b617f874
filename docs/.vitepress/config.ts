import { readdirSync, readFileSync } from 'node:fs';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';

const page = (text: string, link: string) => ({ text, link });

/** The pages of a folder by their titles: some first, in this order, then the others. */
function pagesOf(folder: string, first: readonly string[]) {
  const at = new URL(`../${folder}/`, import.meta.url);
  const names = readdirSync(at)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3));
  const rest = names.filter((name) => !first.includes(name)).sort();
  return [...first.filter((name) => names.includes(name)), ...rest].map((name) => {
    const title = readFileSync(new URL(`${name}.md`, at), 'utf8').match(/^# (.+)$/m)?.[1] ?? name;
    return page(title, `/${folder}/${name}`);
  });
}

export default defineConfig({
  title: 'tempograph',
  description: 'How long a neural network takes on a device it has not been run on.',
  srcExclude: ['generate/**', 'package.json'],
  cleanUrls: true,
  lastUpdated: false,
  // Anchors as GitHub makes them, so that links hold in both.
  markdown: { anchor: { slugify: (text) => slug(text) }, attrs: { disable: true } },
  // test/docs/links.test.ts checks them, with their anchors, those to files outside the site too.
  ignoreDeadLinks: true,
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      page('Getting started', '/getting-started'),
      page('Reference', '/reference/cli'),
      page('Results', '/results/accuracy'),
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [page('Getting started', '/getting-started'), page('Glossary', '/glossary')],
      },
      {
        text: 'Guides',
        items: pagesOf('guides', [
          'page',
          'new-board',
          'board-in-service',
          'measure-onnx',
          'retraining',
          'search',
        ]),
      },
      {
        text: 'Reference',
        items: [...pagesOf('reference', ['cli', 'http', 'client']), page('Library', '/reference/library/')],
      },
      {
        text: 'Results',
        items: pagesOf('results', ['accuracy', 'transfer', 'intervals', 'networks', 'search']),
      },
      { text: 'Developers', items: pagesOf('developers', ['architecture', 'adding']) },
    ],
  },
});
