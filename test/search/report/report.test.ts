import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { CandidatePool } from '../../../src/search/pool.js';
import { baselineCurves } from '../../../src/search/report/baselines.js';
import { costFront } from '../../../src/search/report/cost-front.js';
import { htmlReport, type ReportedSearch } from '../../../src/search/report/html-report.js';
import { drawNetwork } from '../../../src/search/report/network-drawing.js';
import { runSearch } from '../../../src/search/run.js';
import { nasbench201 as space } from '../../../src/spaces/nasbench201/space.js';
import { spaces } from '../../../src/spaces/registry.js';
import { launchBrowser, noPage } from '../../server/browser.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { madeUpAccuracy, madeUpEvaluator, searchWith, smallPool } from '../made-up.js';

async function reported(more: Partial<ReportedSearch> = {}): Promise<ReportedSearch> {
  const { architectures } = smallPool();
  const ms = Float64Array.from(architectures, (a) => 1 + space.macs(a) / 1e7);
  const pool = new CandidatePool(space, architectures, { board: ms });
  const search = searchWith('random', { pool, budget: 40 });
  await runSearch(search, madeUpEvaluator, { pool });
  const runs = [{ seed: 1, trials: search.trials, seconds: 1 }];
  const limits = { board: 20 };
  return { pool, strategy: 'random', budget: 40, task: {}, runs, limits, baselines: [], ...more };
}

test('a report shows the best networks and the front, and needs nothing from elsewhere', async () => {
  const search = await reported();
  const html = htmlReport(search);
  const { document } = new JSDOM(html).window;
  assert.equal(document.querySelectorAll('[src], link, script, [href^="http"]').length, 0);
  const accuracies = search.runs[0].trials
    .map(({ candidate }) => madeUpAccuracy(search.pool.architectures[candidate]))
    .sort((a, b) => b - a);
  const shown = [...document.querySelectorAll('article h3')].map((h) => h.textContent);
  assert.deepEqual(
    shown,
    accuracies.slice(0, 6).map((accuracy) => `${accuracy.toFixed(2)} %`),
  );
  const rows = [...document.querySelectorAll('tbody tr')].map((row) =>
    [...row.querySelectorAll('td')].slice(0, 2).map((cell) => Number(cell.textContent)),
  );
  assert.ok(rows.length > 1);
  for (let i = 1; i < rows.length; i++) {
    assert.ok(rows[i][0] >= rows[i - 1][0] && rows[i][1] > rows[i - 1][1], 'costlier and better');
  }
});

test('on a phone nothing is wider than the screen, and what is written in pictures can be read', {
  skip: noPage,
}, async (t) => {
  const file = join(temporaryFolder(), 'report.html');
  writeFileSync(file, htmlReport(await reported()));
  const browser = await launchBrowser();
  t.after(() => browser.close());
  for (const [width, least] of [
    [390, 10],
    [1440, 10],
  ]) {
    const page = await browser.newPage({ viewport: { width, height: 844 } });
    await page.goto(`file://${file}`);
    const seen = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      sizes: [...document.querySelectorAll('svg text')].flatMap((text) => {
        const svg = (text as SVGTextElement).ownerSVGElement!;
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        return scale > 0 ? [scale * Number.parseFloat(getComputedStyle(text).fontSize)] : [];
      }),
    }));
    assert.equal(seen.width, width);
    assert.ok(seen.sizes.length > 20 && Math.min(...seen.sizes) >= least, `${Math.min(...seen.sizes)} px`);
  }
});

test('each cost is shown in its own unit', async () => {
  const { pool: without } = await reported();
  const mj = without.costs.board.map((ms) => ms / 2);
  const pool = new CandidatePool(space, without.architectures, { 'energy of board in mJ': mj });
  const html = htmlReport(await reported({ pool, limits: { 'energy of board in mJ': 9 } }));
  const { document } = new JSDOM(html).window;
  assert.match(document.querySelector('.facts')!.textContent!, /limit, energy of board, mJ9/);
  assert.match(document.querySelector('.plots')!.textContent!, /limit 9 mJ/);
  assert.match(document.querySelector('article p')!.textContent!, /^energy of board \d+\.\d{3} mJ, /);
  assert.doesNotMatch(html, /\bms\b/);
});

test('text from outside cannot become markup', async () => {
  const evil = '</pre><script>alert(1)</script><img src=x onerror="x">';
  const html = htmlReport(await reported({ strategy: evil, task: { evaluator: evil } }));
  const { document } = new JSDOM(html).window;
  assert.equal(document.querySelectorAll('script, img').length, 0);
  assert.equal(document.querySelector('h1')!.textContent, `${evil} on nasbench201`);
});

test('the front has the points that are better than all cheaper ones', () => {
  const point = (cost: number, accuracy: number) => ({ cost, accuracy, architecture: '' });
  const points = [point(3, 5), point(1, 2), point(2, 1), point(2, 4), point(4, 5), point(1, 3)];
  assert.deepEqual(
    costFront(points, ({ accuracy }) => accuracy),
    [point(1, 3), point(2, 4), point(3, 5)],
  );
  const gains = points.map(({ cost, ...rest }) => ({ cost: -cost, ...rest }));
  assert.deepEqual(
    costFront(gains, ({ accuracy }) => accuracy, true),
    [point(-1, 3), point(-2, 4), point(-3, 5)],
  );
});

test('a drawing has the operations that reach the output, and no others', () => {
  const cell = space.parse('|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|none~2|');
  const { document } = new JSDOM(drawNetwork(space, cell)).window;
  const drawn = [...document.querySelectorAll('g text')].map((text) => text.textContent);
  assert.deepEqual(drawn.sort(), ['input', 'output', 'skip_connect']);
  for (const each of spaces) {
    const svg = new JSDOM(drawNetwork(each, each.parse(each.example))).window.document;
    const boxes = svg.querySelectorAll('g').length;
    assert.equal(svg.querySelectorAll('path').length >= boxes - 1, true, each.name);
    const [, , width, height] = svg.querySelector('svg')!.getAttribute('viewBox')!.split(' ').map(Number);
    for (const rect of svg.querySelectorAll('rect')) {
      const at = (name: string) => Number(rect.getAttribute(name));
      assert.ok(at('x') >= 0 && at('x') + at('width') <= width, each.name);
      assert.ok(at('y') >= 0 && at('y') + at('height') <= height, each.name);
    }
  }
});

test('baselines are the mean curves of strategies without a predictor', async () => {
  const pool = smallPool();
  const curves = await baselineCurves(pool, madeUpEvaluator, 30, 'local');
  assert.deepEqual(
    curves.map(({ name }) => name),
    ['random', 'evolution'],
  );
  for (const { points } of curves) {
    assert.equal(points.length, 30);
    assert.ok(points[29].best.mean >= points[0].best.mean);
  }
});
