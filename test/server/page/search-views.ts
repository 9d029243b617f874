import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { buildApp } from '../../../server/app.js';
import { Random } from '../../../src/base/random.js';
import { metricNamed } from '../../../src/metrics/metric.js';
import { strategyKinds } from '../../../src/search/strategies/registry.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { additiveMs, saveAdditiveDevice } from '../additive-device.js';
import { openPage } from '../browser.js';
import type { Fixture } from './fixture.js';

/** Long, as a busy machine takes that long; nothing waits for it where it does not. */
const SEARCH_MS = 180_000;

export function searchViewTests(fixture: () => Fixture): void {
  describe('searches', () => {
    test('the strategies that can be chosen are those there are, with their options', async () => {
      const { page, complaints } = await fixture().open('/searches');
      const offered = page.getByLabel('Strategy').locator('option');
      await offered.first().waitFor({ state: 'attached' });
      assert.deepEqual(
        await offered.allTextContents(),
        strategyKinds.map(({ name }) => name),
      );
      await page.getByLabel('Strategy').selectOption('na-rs');
      const options = page.getByLabel('Options');
      assert.match((await options.getAttribute('title')) ?? '', /neighbours=8, aggregate=mean/);
      assert.deepEqual(complaints, []);
    });

    test('from a table to the best network under a limit, with its curve, and two runs beside each other', async () => {
      const { page, complaints } = await fixture().open('/searches');
      const start = async (seed: number) => {
        await page.goto(`${fixture().url}/#/searches`);
        await page.getByLabel('Strategy').selectOption('random');
        await page.getByLabel('Networks to train').fill('20');
        await page.getByRole('spinbutton', { name: 'Seed' }).fill(String(seed));
        await page.getByLabel('Latency on').selectOption('board_b');
        await page.getByLabel('At most, ms').fill('15');
        await searchTable(page);
      };
      await start(1);
      assert.match((await page.locator('#search-status').textContent())!, /Trained20 of 20/);
      await page.locator('#search-curve svg').waitFor();
      const best = (await page.locator('#search-best a').textContent())!;
      const bestMs = additiveMs(best, 10);
      assert.ok(bestMs <= 15, `${best} takes ${bestMs} ms`);
      const shown = Number(
        /Accuracy([\d.]+) %/.exec((await page.locator('#search-best').textContent())!)?.[1],
      );
      assert.ok(Math.abs(shown - accuracyOf(best)) < 0.01);
      assert.match((await page.locator('main').textContent())!, /Accuracy and latency on board_b/);

      const all = page.locator('#all-trials');
      await all.locator('summary').click();
      await all.locator('tbody tr').nth(19).waitFor();
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('#save-trials').click(),
      ]);
      assert.match(saved.suggestedFilename(), /^search-.*\.csv$/);
      await page.getByLabel('Networks to train in total').fill('23');
      await page.getByRole('button', { name: 'Train more' }).click();
      await page.getByText('23 of 23').waitFor({ timeout: SEARCH_MS });
      await all.locator('tbody tr').nth(22).waitFor();
      // The search has begun a second job, and is still one row.
      await page.goto(`${fixture().url}/#/jobs`);
      const row = page.locator('#job-rows tr', { hasText: 'random on nasbench201, 23 networks, seed 1' });
      await row.getByText('23 of 23 trained').waitFor();
      assert.equal(await row.count(), 1);

      await start(2);
      await page.goto(`${fixture().url}/#/searches`);
      await page.locator('#search-rows input').nth(1).check();
      await page.locator('#search-rows input').first().check();
      await page.locator('#compare').click();
      await page.locator('#compared-curves svg').last().waitFor();
      const rows = await page.locator('main tbody tr').allTextContents();
      assert.equal(rows.length, 2);
      assert.deepEqual(complaints, []);
    });

    test('pairs of a network and an accelerator: their reward, latency and area', async () => {
      const { page, complaints } = await fixture().open('/searches');
      await page.getByLabel('Strategy').selectOption('combined');
      assert.equal(await page.getByLabel('Latency on').isVisible(), false);
      await page.getByLabel('Pairs to try').fill('15');
      await page.getByLabel('Weights of area, latency, accuracy').fill('0.1, 0.8, 0.1');
      await page.getByLabel('At most, ms').fill('5');
      await page.getByLabel('Area at most, mm²').fill('150');
      await searchTable(page);
      assert.match((await page.locator('#search-status').textContent())!, /Trained15 of 15.*reward 0\.\d{4}/);
      await page.locator('#search-curve svg').waitFor();
      const main = page.locator('main');
      assert.match(
        (await main.textContent())!,
        /Best reward so far.*latency on its accelerator.*area of its accelerator/s,
      );
      for (const title of ['Latency on its accelerator, ms', 'Area of its accelerator, mm²']) {
        await main.locator('th', { hasText: title }).first().waitFor();
      }
      await page.getByLabel('Pairs to try in total').waitFor();
      const best = (await page.locator('#search-best').textContent())!;
      const [, latencyMs, areaMm2] = /accelerator([\d.]+) ms.*accelerator([\d.]+) mm²/.exec(best) ?? [];
      assert.ok(Number(areaMm2) <= 150 && Number(latencyMs) <= 5, best);
      assert.deepEqual(complaints, []);
    });

    test('limits of other metrics are offered where a predictor knows them, and kept to', async () => {
      const folder = temporaryFolder();
      const models = join(folder, 'models');
      await saveAdditiveDevice(models, 'meter', 1, metricNamed('energy'));
      const app = await buildApp({ models, data: join(folder, 'data'), logLevel: 'silent' });
      try {
        const url = await app.listen({ port: 0, host: '127.0.0.1' });
        const { page, complaints } = await openPage(fixture().browser, `${url}/#/searches`);
        await page.getByLabel('Strategy').selectOption('random');
        await page.getByLabel('Networks to train').fill('10');
        await page.locator('#add-limit').click();
        await page.locator('#metric-limits select', { hasText: 'energy of meter, mJ' }).waitFor();
        await page.getByLabel('At most, in its unit').fill('6');
        await searchTable(page);
        await page.locator('h2', { hasText: 'Accuracy and energy of meter' }).waitFor();
        const best = (await page.locator('#search-best a').textContent())!;
        assert.ok(additiveMs(best, 1) <= 6, best);
        assert.deepEqual(complaints, []);
      } finally {
        await app.close();
      }
    });

    test('a search by workers grows as they tell, and is cancelled', async () => {
      const { page, complaints } = await fixture().open('/searches');
      await page.getByLabel('Strategy').selectOption('random');
      await page.getByLabel('Trained by').selectOption('ask-tell');
      await page.locator('#start-search').click();
      await page.locator('pre').first().waitFor();
      assert.equal(await page.locator('#search-curve').isVisible(), false);
      const id = page.url().split('/').at(-1);
      await page.locator('#search-status', { hasText: 'running' }).waitFor({ timeout: SEARCH_MS });
      const results = [{ number: await firstTrial(fixture(), id!), accuracy: 61.25 }];
      await fixture().post(`/v1/searches/${id}/tell`, { worker: 'me', results });
      await page.locator('#search-status', { hasText: '61.25 %' }).waitFor();
      await page.locator('#search-curve svg').waitFor();
      await page.locator('#cancel').click();
      await page.locator('#search-status', { hasText: 'cancelled' }).waitFor();
      assert.deepEqual(complaints, []);
    });

    test('a search without a table says what is missing', async () => {
      const { page } = await fixture().open('/searches');
      await page.locator('#start-search').click();
      await page.locator('#search-problem', { hasText: 'Choose a table' }).waitFor();
    });

    test('a table that cannot be unpacked is named', async () => {
      const { page } = await fixture().open('/searches');
      await page
        .getByLabel('CSV with a column of architectures')
        .setInputFiles({ name: 'cut.csv.gz', mimeType: 'application/gzip', buffer: Buffer.from('no gzip') });
      await page.locator('#start-search').click();
      await page.locator('#search-problem', { hasText: 'cut.csv.gz cannot be unpacked' }).waitFor();
    });

    test('a limit without a device is not left out of the search', async () => {
      const { page } = await fixture().open('/searches');
      await page.getByLabel('Trained by').selectOption('ask-tell');
      await page.getByLabel('At most, ms').fill('10');
      await page.locator('#start-search').click();
      await page.locator('#search-problem', { hasText: 'Choose the device' }).waitFor();
    });
  });
}

/** Chooses a table of accuracies, starts the search that has been set, and waits for its end. */
async function searchTable(page: Page): Promise<void> {
  await page
    .getByLabel('CSV with a column of architectures')
    .setInputFiles({ name: 'made-up.csv', mimeType: 'text/csv', buffer: Buffer.from(accuracyTable()) });
  await page.locator('select[name=column] option', { hasText: 'accuracy' }).waitFor({ state: 'attached' });
  await page.locator('#start-search').click();
  await page.locator('#search-status', { hasText: 'succeeded' }).waitFor({ timeout: SEARCH_MS });
}

/** The number of the network that a worker gets; a search that has just started may not have chosen any yet. */
async function firstTrial(fixture: Fixture, search: string): Promise<number> {
  for (;;) {
    const { trials } = await fixture.post(`/v1/searches/${search}/ask`, { worker: 'me', count: 1 });
    if (trials.length > 0) return trials[0].number;
    await setTimeout(50);
  }
}

/** Slower networks are more accurate, by a made-up rule. */
function accuracyOf(architecture: string): number {
  return 50 + additiveMs(architecture, 0);
}

/** A table of a few hundred networks. */
function accuracyTable(): string {
  const random = new Random(7);
  const all = Array.from({ length: 300 }, () => nasbench201.format(nasbench201.sample(random)));
  const lines = [...new Set(all)].map((architecture) => `${architecture},${accuracyOf(architecture)}`);
  return ['arch_str,accuracy', ...lines].join('\n');
}
