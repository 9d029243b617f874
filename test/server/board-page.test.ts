import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { buildApp } from '../../server/app.js';
import { Random } from '../../src/random.js';
import { nasbench201 } from '../../src/spaces/nasbench201.js';
import { additiveMs, saveAdditiveDevice } from './additive-device.js';
import { launchBrowser, openPage, noPage as skip } from './browser.js';

describe("a device's measurements in a browser", { skip }, () => {
  let folder: string;
  let app: FastifyInstance;
  let browser: Browser;
  let url: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tempograph-board-'));
    await saveAdditiveDevice(join(folder, 'models'), 'board', 1);
    app = await buildApp({ models: join(folder, 'models'), data: join(folder, 'data'), logLevel: 'silent' });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await app.close();
    await rm(folder, { recursive: true });
  });

  test('from measurements that disagree to a new version that serves, and back', async () => {
    const random = new Random(5);
    // The board has become slower by half.
    const measurements = Array.from({ length: 60 }, () => {
      const architecture = nasbench201.format(nasbench201.sample(random));
      return { architecture, latencyMs: 1.5 * additiveMs(architecture, 1) };
    });
    const upload = await app.inject({
      method: 'POST',
      url: '/v1/devices/board/measurements',
      payload: { key: 'slower', measurements },
    });
    assert.equal(upload.statusCode, 200, upload.body);

    const { page, complaints } = await openPage(browser, `${url}/#device=board`);
    const timeout = 400_000;
    await page.locator('#drift').waitFor();
    assert.match((await page.locator('#measured-count').textContent())!, /^60 measurements: 0\.0 % within/);
    assert.equal(await page.locator('#measured-plot svg [aria-label="dot"] circle').count(), 60);
    assert.match((await page.locator('#version-rows').textContent())!, /shipped.*serves/);

    await page.locator('#train').click();
    await page.locator('#job-text', { hasText: 'serves now: better' }).waitFor({ timeout });
    await page.locator('#version-rows', { hasText: 'trained' }).waitFor();
    assert.match((await page.locator('#version-rows').textContent())!, /→/);
    await page.locator('#drift').waitFor({ state: 'hidden' });
    const shares = /measurements: ([\d.]+) % within/;
    assert.ok(Number(shares.exec((await page.locator('#measured-count').textContent())!)?.[1]) > 80);

    await page.locator('#rollback').click();
    await page.locator('#version-rows', { hasText: 'let it serve' }).waitFor({ timeout });
    assert.deepEqual(complaints, []);
  });
});
