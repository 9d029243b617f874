import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildApp } from '../../../server/app.js';
import { openPage } from '../browser.js';
import type { Fixture } from './fixture.js';

export function accessViewTests(fixture: () => Fixture): void {
  test('an administrator makes a key on the page; who has it is named, and sees no keys without the role', async () => {
    const adminKey = `tg_${'k'.repeat(40)}`;
    const app = await buildApp({
      models: join(fixture().folder, 'models'),
      data: join(fixture().folder, 'data-with-keys'),
      requireKeys: true,
      adminKey,
      logLevel: 'silent',
    });
    try {
      const url = await app.listen({ port: 0, host: '127.0.0.1' });
      const { page } = await openPage(fixture().browser, `${url}/#/access`);
      const signIn = async (key: string) => {
        await page.locator('#sign-in input').fill(key);
        await page.keyboard.press('Enter');
      };
      await signIn(adminKey);
      await page.getByLabel('Name of the user or purpose').fill('the lab');
      await page.getByLabel('Role').selectOption('measure');
      await page.getByRole('button', { name: 'Create a key' }).click();
      const key = (await page.locator('#new-key pre').textContent())!;
      await page.locator('#key-rows tr', { hasText: 'the lab' }).waitFor();
      await page.reload();
      await page.locator('#change-rows tr', { hasText: 'POST /v1/keys' }).waitFor();

      await page.locator('footer button').click();
      await signIn(key);
      await page.locator('footer', { hasText: 'Signed in as the lab (measure)' }).waitFor();
      await page.locator('main', { hasText: 'Your key, the lab, has the role measure' }).waitFor();
      assert.equal(await page.locator('#key-rows').count(), 0);
    } finally {
      await app.close();
    }
  });

  test('without keys the view says that nobody is asked for one', async () => {
    const { page, complaints } = await fixture().open('/access');
    await page.locator('.card', { hasText: 'does not ask for keys' }).waitFor();
    assert.deepEqual(complaints, []);
  });
}
