import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fixture, waitForNumber } from './fixture.js';

export function emulatorViewTests(fixture: () => Fixture): void {
  test('sliders ask an emulator, and its curve, band and numbers follow; the address keeps them', async () => {
    const { page, complaints } = await fixture().open('/emulators');
    await page.locator('#emulated svg').waitFor();
    assert.equal(await page.locator('#emulated svg [aria-label="area"] path').count(), 1);
    const before = await page.locator('#emulated td').first().textContent();
    assert.equal(await page.locator('#inputs input').count(), 2);
    const [answered] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/v1/emulators/sums/predict')),
      page.locator('#inputs input').nth(1).fill('1000'),
    ]);
    const { runs } = await answered.json();
    // The end of a logarithmic range.
    assert.match(await page.locator('#inputs').textContent().then(String), /b.*100\.0/);
    await page.waitForURL(/#\/emulators\/sums\?a=0\.5.*&b=1(00|\d\d\.)/);
    const [mean] = runs[0].outputs.total.mean;
    assert.ok(Math.abs(mean / Number(before!.replaceAll(',', '')) - 1) > 0.01, `${before} before`);
    await waitForNumber(page, '#emulated td', mean);
    assert.deepEqual(complaints, []);
  });
}
