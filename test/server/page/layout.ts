import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildApp } from '../../../server/app.js';
import { openPage } from '../browser.js';
import { type Fixture, headingOf } from './fixture.js';

const VIEWS = [
  'predict',
  'devices',
  'devices/board_a',
  'datasets',
  'spaces',
  'jobs',
  'searches',
  'accelerators',
  'codesign',
  'emulators',
  'compressions',
  'access',
];

export function layoutTests(fixture: () => Fixture): void {
  describe('every view', () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`on a phone, ${colorScheme}, nothing is wider than the screen and nothing complains`, async () => {
        const { page, complaints } = await fixture().open('/predict', {
          viewport: { width: 375, height: 740 },
          colorScheme,
        });
        for (const view of VIEWS) {
          await page.goto(`${fixture().url}/#/${view}`);
          await page.locator('main[aria-busy=false] .card').first().waitFor();
          await page.waitForLoadState('networkidle');
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(width <= 375, `${view}: ${width} px`);
          const outside = await page.locator('tbody td:not(:empty)').evaluateAll(
            (cells, most) =>
              cells
                .filter((cell) => {
                  const { width, right } = cell.getBoundingClientRect();
                  return !cell.closest('[hidden]') && (width === 0 || right > most);
                })
                .map((cell) => cell.outerHTML),
            375,
          );
          assert.deepEqual(outside, [], `${view}: cells that are not seen`);
          const unnamed = await page
            .locator('input, select, textarea, button, progress')
            .evaluateAll((controls) =>
              controls
                .filter((control) => {
                  const labels = (control as HTMLInputElement).labels?.length ?? 0;
                  return labels === 0 && !control.ariaLabel && !control.textContent?.trim();
                })
                .map((control) => control.outerHTML),
            );
          assert.deepEqual(unnamed, [], view);
        }
        assert.deepEqual(complaints, []);
      });
    }

    test('an address that leads nowhere says so, whatever it is named as', async () => {
      const { page, complaints } = await fixture().open('/predict');
      for (const address of ['__proto__', 'constructor', 'toString/x', 'nothing']) {
        await page.goto(`${fixture().url}/#/${address}`);
        await page.locator('h1', { hasText: 'No such page' }).waitFor();
        await page.getByText(`There is no page “${address}”`).waitFor();
        assert.equal(await page.locator('nav a[aria-current=page]').count(), 0);
      }
      assert.deepEqual(complaints, []);
    });

    test('by keyboard: the skip link leads to the content, a link to the heading of its view, and back', async () => {
      const { page } = await fixture().open('/predict');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
      assert.match(page.url(), /#\/predict/);
      await page.locator('nav a', { hasText: 'Accelerators' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('h1:focus', { hasText: 'Accelerators' }).waitFor();
      assert.equal(await page.title(), 'Accelerators · tempograph');
      assert.equal(await page.locator('nav a[aria-current=page]').textContent(), 'Accelerators');
      await page.goBack();
      await page.locator('h1', { hasText: 'Predict' }).waitFor();
    });

    test('who goes back before the next view is there sees the view that the address names', async () => {
      const { page } = await fixture().open('/predict');
      let letGo = () => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await page.route('**/v1/datasets', async (route) => {
        await held;
        await route.continue();
      });
      const asked = page.waitForRequest('**/v1/datasets');
      await page.locator('nav a', { hasText: 'Datasets' }).click();
      await asked;
      await page.goBack();
      await page.locator('main[aria-busy=false] h1', { hasText: 'Predict' }).waitFor();
      const answered = page.waitForResponse('**/v1/datasets');
      letGo();
      await (await answered).finished();
      await page.waitForLoadState('networkidle');
      assert.equal(await headingOf(page), 'Predict');
    });

    test('what is not there is said, not left blank', async () => {
      const { page } = await fixture().open('/devices/none');
      assert.equal(await headingOf(page), 'none');
      assert.match((await page.locator('main').textContent())!, /There is no device with this name/);
      await page.goto(`${fixture().url}/#/codesign/none`);
      await page
        .locator('main [role=alert], main .card[role=alert]', { hasText: 'no frontier "none"' })
        .waitFor();
      await page.goto(`${fixture().url}/#/searches/compared`);
      await page.locator('main [role=alert]', { hasText: 'No searches are selected' }).waitFor();
    });
  });
}

export function signInTests(fixture: () => Fixture): void {
  test('where the service asks for a key, so does the page, until it is right, and keeps it for the tab', async () => {
    const adminKey = `tg_${'k'.repeat(40)}`;
    const app = await buildApp({
      models: `${fixture().folder}/models`,
      requireKeys: true,
      adminKey,
      logLevel: 'silent',
    });
    try {
      const url = await app.listen({ port: 0, host: '127.0.0.1' });
      const { page } = await openPage(fixture().browser, url);
      const field = page.locator('#sign-in input');
      await field.fill('wrong');
      await page.keyboard.press('Enter');
      await page.locator('#sign-in .problem').waitFor();
      await field.fill(adminKey);
      await page.keyboard.press('Enter');
      await page.locator('#latency strong').waitFor();
      assert.equal(await page.evaluate(() => sessionStorage.getItem('tempograph-key')), adminKey);
      await page.reload();
      await page.locator('#latency strong').waitFor();
      await page.locator('footer button').click();
      await field.waitFor();
    } finally {
      await app.close();
    }
  });
}
