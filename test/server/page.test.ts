import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { buildApp } from '../../server/app.js';
import { aliveEdges, type Cell, formatCell, parseCell } from '../../server/page/cell.js';
import { shareSlower } from '../../server/page/latency.js';
import { nasbench201 } from '../../src/spaces/nasbench201.js';
import { additiveMs, saveAdditiveDevice } from './additive-device.js';
import { launchBrowser, openPage, noPage as skip } from './browser.js';

test("the page's cells are the space's, for all 15,625", () => {
  for (let index = 0; index < nasbench201.size; index++) {
    const architecture = nasbench201.at(index);
    const text = nasbench201.format(architecture);
    const cell = parseCell(text) as Cell;
    assert.equal(formatCell(cell), text);
    const alive = nasbench201
      .toPredictorGraph(architecture)
      .nodes.slice(1, -1)
      .map((node) => node.alive);
    assert.deepEqual(aliveEdges(cell), alive, text);
  }
  assert.equal(parseCell('|none~0|'), undefined);
  assert.equal(parseCell(nasbench201.example.replace('~1', '~2')), undefined);
});

test('the share of slower networks is read off the percentiles', () => {
  const percentilesMs = Array.from({ length: 101 }, (_, p) => 10 + p);
  assert.equal(shareSlower(percentilesMs, 5), 1);
  assert.equal(shareSlower(percentilesMs, 35), 0.75);
  assert.ok(Math.abs(shareSlower(percentilesMs, 35.5) - 0.745) < 1e-12);
  assert.equal(shareSlower(percentilesMs, 200), 0);
});

describe('the page in a browser', { skip }, () => {
  let models: string;
  let app: FastifyInstance;
  let browser: Browser;
  let url: string;

  before(async () => {
    models = await mkdtemp(join(tmpdir(), 'tempograph-models-'));
    await saveAdditiveDevice(models, 'board_a', 1);
    await saveAdditiveDevice(models, 'board_b', 10);
    app = await buildApp({ models, logLevel: 'silent' });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await app.close();
    await rm(models, { recursive: true });
  });

  const open = (address: string, options?: Parameters<Browser['newPage']>[0]) =>
    openPage(browser, address, options);
  const shownMs = async (page: Page) => Number(await page.locator('#latency strong').textContent());
  const waitForMs = (page: Page, expectedMs: number) =>
    page.waitForFunction(
      (expected) => {
        const shown = Number(document.querySelector('#latency strong')?.textContent);
        return Math.abs(shown - expected) < 0.01 * expected;
      },
      expectedMs,
      { timeout: 10_000 },
    );

  test('from choosing operations to reading the latency, by keyboard, with the address keeping all', async () => {
    const { page, complaints } = await open(url);
    const text = () => page.locator('#architecture').inputValue();
    await waitForMs(page, additiveMs(await text(), 1));

    // The first edge's 3×3 is chosen; two to the left is skip.
    await page.locator('fieldset').first().locator('input:checked').focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    assert.match(await text(), /^\|skip_connect~0\|/);
    await waitForMs(page, additiveMs(await text(), 1));
    assert.equal(await page.locator('#graph .label').first().locator('text').textContent(), 'skip');

    await page.locator('#device').selectOption('board_b');
    await waitForMs(page, additiveMs(await text(), 10));
    assert.deepEqual(await page.locator('#devices button').allTextContents(), ['board_a', 'board_b']);
    assert.equal(await page.locator('#devices tr[aria-current] button').textContent(), 'board_b');
    assert.match(
      (await page.locator('#facts').textContent())!,
      /within ±10 % for 100\.0 % of \d+ test networks/,
    );
    assert.equal(await page.locator('#distribution svg').count(), 1);

    const again = await open(page.url());
    await waitForMs(again.page, await shownMs(page));
    assert.equal(await again.page.locator('#architecture').inputValue(), await text());
    assert.deepEqual([...complaints, ...again.complaints], []);
  });

  test('a pasted string is shown as a cell; a wrong one says what is wrong', async () => {
    const { page } = await open(url);
    const pasted = '|none~0|+|avg_pool_3x3~0|none~1|+|none~0|none~1|nor_conv_1x1~2|';
    await page.locator('#architecture').fill(pasted);
    await waitForMs(page, 1.75);
    assert.deepEqual(
      await page
        .locator('fieldset input:checked')
        .evaluateAll((inputs) => inputs.map((i) => (i as HTMLInputElement).value)),
      ['none', 'avg_pool_3x3', 'none', 'none', 'none', 'nor_conv_1x1'],
    );
    await page.locator('#architecture').fill('|conv_9x9~0|');
    await page.locator('#problem').waitFor();
    assert.match((await page.locator('#problem').textContent())!, /unknown operation "conv_9x9"/);
    await page.locator('#random').click();
    await page.locator('#problem').waitFor({ state: 'hidden' });
    assert.ok(nasbench201.parse(await page.locator('#architecture').inputValue()));
  });

  test('on a phone nothing is wider than the screen', async () => {
    const { page } = await open(url, { viewport: { width: 360, height: 740 } });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${width} px`);
  });

  test('without predictors it says how to get some', async () => {
    const empty = await buildApp({ models: join(models, 'none'), logLevel: 'silent' });
    try {
      const { page } = await open(await empty.listen({ port: 0, host: '127.0.0.1' }));
      assert.match((await page.locator('#notice').textContent())!, /npm run models/);
      assert.equal(await page.locator('#builder').isVisible(), false);
    } finally {
      await empty.close();
    }
  });

  test('Swagger UI shows the operations', async () => {
    const { page, complaints } = await open(`${url}/docs`);
    await page.locator('.opblock-summary-path').first().waitFor();
    const paths = await page.locator('.opblock-summary-path').allTextContents();
    assert.ok(
      paths.some((path) => path.replaceAll('\u200b', '') === '/v1/predict'),
      paths.join(),
    );
    assert.deepEqual(complaints, []);
  });
});
