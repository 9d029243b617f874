import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { buildApp } from '../../../server/app.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { additiveMs } from '../additive-device.js';
import { openPage } from '../browser.js';
import { type Fixture, waitForNumber } from './fixture.js';

export function predictViewTests(fixture: () => Fixture): void {
  const shownMs = async (page: Page) => Number(await page.locator('#latency strong').textContent());
  const waitForMs = (page: Page, expectedMs: number) =>
    waitForNumber(page, '#latency strong', expectedMs, 0.01);

  describe('predict', () => {
    test('from choosing operations to reading the latency, by keyboard, with the address keeping all', async () => {
      const { page, complaints } = await fixture().open('');
      const text = () => page.locator('#architecture').inputValue();
      await waitForMs(page, additiveMs(await text(), 1));

      // The first edge's 3×3 is chosen; two to the left is skip.
      await page.locator('#operations fieldset').first().locator('input:checked').focus();
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

      const again = await openPage(fixture().browser, page.url());
      await waitForMs(again.page, await shownMs(page));
      assert.equal(await again.page.locator('#architecture').inputValue(), await text());
      assert.deepEqual([...complaints, ...again.complaints], []);
    });

    test('whether it meets a limit, which networks of its space do, and of those given', async () => {
      const { page, complaints } = await fixture().open('/predict?device=board_b');
      const card = page.locator('#meets');
      await page.locator('#within-limit', { hasText: 'with a probability of' }).waitFor();
      // At the greatest value of the device's data; cells are at most as slow as six 3×3 convolutions.
      await card.locator('input[type=range]').fill('1000');
      await card.getByLabel('With a probability').fill('95');
      await page.locator('#find-meets').click();
      await page.locator('#meets-rows tr').nth(99).waitFor({ timeout: 60_000 });
      const told = (await page.locator('#meets-told').textContent())!;
      const [, count] = /^([\d,]+) of 15,625 meet it; the first 100/.exec(told) ?? [];
      const [saved] = await Promise.all([page.waitForEvent('download'), page.locator('#save-meets').click()]);
      const lines = (await readFile(await saved.path(), 'utf8')).trim().split('\n');
      assert.equal(lines[0], 'arch,latency_ms,probability');
      assert.equal(lines.length - 1, Number(count.replace(',', '')));

      const cell = (operation: string) =>
        nasbench201.format(nasbench201.parse(`|${operation}~0|+|none~0|none~1|+|none~0|none~1|none~2|`));
      await card.locator('input[type=range]').fill('0');
      await card.getByLabel('Among these networks').fill([cell('none'), cell('nor_conv_3x3')].join('\n'));
      await page.locator('#find-meets').click();
      await page.locator('#meets-told', { hasText: /of 2 meet it/ }).waitFor();
      assert.deepEqual(complaints, []);
    });

    test('an address of before there were views is understood', async () => {
      const { page } = await fixture().open('device=board_b&arch=%7Cnone~0%7C');
      await page.locator('#problem').waitFor();
      assert.equal(await page.locator('#device').inputValue(), 'board_b');
      assert.equal(await page.locator('#architecture').inputValue(), '|none~0|');
    });

    test('what fails because the service is away is said where it was asked for', async () => {
      const away = 'The service does not answer.';
      const { page } = await fixture().open('/predict');
      await page.route('**/v1/{spaces,datasets}/**', (route) => route.abort());
      await page.locator('#example').click();
      await page.locator('#problem', { hasText: away }).waitFor();
      await page.goto(`${fixture().url}/#/datasets`);
      const card = page.locator('.card', { hasText: 'nasbench201_cpu' }).first();
      await card.locator('.problem', { hasText: away }).waitFor();
      await page.goto(`${fixture().url}/#/accelerators`);
      await page.locator('#network').selectOption({ value: 'space:nasbench201' });
      await page.locator('#breakdown-problem', { hasText: away }).waitFor();
      await page.unroute('**/v1/{spaces,datasets}/**');
      await page.goto(`${fixture().url}/#/predict`);
      await page.locator('#example').click();
      await page.waitForFunction(
        (example) => document.querySelector<HTMLTextAreaElement>('#architecture')?.value === example,
        nasbench201.example,
      );
    });

    test('a pasted string is shown as a cell; a wrong one says what is wrong', async () => {
      const { page } = await fixture().open('/predict');
      const pasted = '|none~0|+|avg_pool_3x3~0|none~1|+|none~0|none~1|nor_conv_1x1~2|';
      await page.locator('#architecture').fill(pasted);
      await waitForMs(page, 1.75);
      assert.deepEqual(
        await page
          .locator('#operations input:checked')
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

    test('without predictors it says how to get some', async () => {
      const empty = await buildApp({ models: `${fixture().folder}/none`, logLevel: 'silent' });
      try {
        const url = await empty.listen({ port: 0, host: '127.0.0.1' });
        const { page, complaints } = await openPage(fixture().browser, url);
        assert.match((await page.locator('#notice').textContent())!, /npm run models/);
        assert.equal(await page.locator('#builder').count(), 0);
        // A service without a store is not asked for what it cannot have.
        for (const view of ['devices', 'datasets', 'jobs', 'searches', 'codesign']) {
          await page.goto(`${url}/#/${view}`);
          await page.locator('main[aria-busy=false] h1').waitFor();
          await page.waitForLoadState('networkidle');
        }
        assert.deepEqual(complaints, []);
      } finally {
        await empty.close();
      }
    });
  });
}
