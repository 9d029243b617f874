import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { decodeModel } from '../../../src/onnx/proto.js';
import { linearModel } from '../../compress/linear-model.js';
import type { Fixture } from './fixture.js';

export function compressionViewTests(fixture: () => Fixture): void {
  test('a file is compressed: its front, its ranks as bars, and the smaller file', async () => {
    const { page, complaints } = await fixture().open('/compressions');
    await page.locator('#compress input[type=file]').setInputFiles({
      name: 'two layers.onnx',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(linearModel(40, 2)),
    });
    await page.getByLabel('Parameters left at most').fill('60');
    await page.locator('#start-compression').click();
    await page.locator('h1', { hasText: 'two_layers' }).waitFor();
    await page.locator('figure.front svg').waitFor({ timeout: 90_000 });
    const bars = await page
      .locator('#rank-rows .rank')
      .evaluateAll((found) =>
        found.map(
          (bar) => bar.getBoundingClientRect().width / bar.parentElement!.getBoundingClientRect().width,
        ),
      );
    const ranks = await page.locator('#rank-rows tr td:nth-of-type(2)').allTextContents();
    // The full rank of a matrix of 40 × 40 is 40.
    ranks.forEach((rank, i) => {
      const share = rank === 'dense' ? 1 : Number(rank) / 40;
      assert.ok(Math.abs(bars[i] - share) < 0.01, `${rank}: ${bars[i]}`);
    });
    assert.equal(bars.length, 2);
    const [saved] = await Promise.all([page.waitForEvent('download'), page.locator('#save-model').click()]);
    assert.equal(saved.suggestedFilename(), 'two_layers.onnx');
    const { initializer } = decodeModel(await readFile(await saved.path())).graph;
    const numbers = initializer.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b), 0);
    const told = await page.locator('dl').textContent();
    assert.ok(told!.includes(`${((100 * numbers) / 3200).toFixed(1)} % of 3,200 are left`), told!);
    assert.deepEqual(complaints, []);
  });

  test('without a file, and with sizes that are none, the form says what is missing', async () => {
    const { page } = await fixture().open('/compressions');
    await page.locator('#start-compression').click();
    await page.locator('#compression-problem', { hasText: 'Choose an ONNX file' }).waitFor();
    await page.getByLabel('Sizes of dynamic dimensions').fill('steps');
    await page.locator('#start-compression').click();
    await page.locator('#compression-problem', { hasText: '“steps” has another form' }).waitFor();
  });
}
