import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';

const page = (text: string, link: string) => ({ text, link });

export default defineConfig({
  title: 'tempograph',
  description: 'How long a neural network takes on a device it has not been run on.',
  srcExclude: ['generate/**', 'package.json'],
  cleanUrls: true,
  lastUpdated: false,
  // Anchors as GitHub makes them, so that links hold in both.
  markdown: { anchor: { slugify: (text) => slug(text) }, attrs: { disable: true } },
  // Files beside the documents (README, examples) are no pages of the site.
  ignoreDeadLinks: [
    'localhostLinks',
    /^(\.\/)?(\.\.\/)+(README|CONTRIBUTING|SECURITY|CHANGELOG|LICENSE|examples|deploy|server)/,
  ],
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
        items: [
          page('The page', '/guides/page'),
          page('A new board', '/guides/new-board'),
          page('Retraining', '/guides/retraining'),
          page('Search', '/guides/search'),
          page('Analytic FPGAs', '/guides/analytic-fpgas'),
          page('Codesign', '/guides/codesign'),
          page('A space of your own', '/guides/your-own-space'),
          page('A fleet of boards', '/guides/fleet'),
          page('Deployment', '/guides/deployment'),
          page('Backup and restore', '/guides/backup-and-restore'),
        ],
      },
      {
        text: 'Reference',
        items: [
          page('Command line', '/reference/cli'),
          page('HTTP', '/reference/http'),
          page('TypeScript client', '/reference/client'),
          page('Library', '/reference/library/'),
          page('Predictors', '/reference/predictors'),
          page('Strategies', '/reference/strategies'),
          page('Search spaces', '/reference/spaces'),
          page('Analytic devices', '/reference/analytic-devices'),
          page('File formats', '/reference/file-formats'),
        ],
      },
      {
        text: 'Results',
        items: [
          page('Accuracy', '/results/accuracy'),
          page('Transfer', '/results/transfer'),
          page('Intervals', '/results/intervals'),
          page('Search', '/results/search'),
          page('Analytic FPGAs', '/results/fpga'),
          page('Speed and faults', '/results/speed-and-faults'),
        ],
      },
      {
        text: 'Developers',
        items: [
          page('Architecture', '/developers/architecture'),
          page('Adding …', '/developers/adding'),
          page('Dependencies', '/developers/dependencies'),
        ],
      },
    ],
  },
});
