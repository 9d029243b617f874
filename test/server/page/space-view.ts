import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../../../src/base/package-root.js';
import { Random } from '../../../src/base/random.js';
import { analyticDevice } from '../../../src/devices/catalogue.js';
import { readSpaceFile } from '../../../src/spaces/declared/space-files.js';
import { type Fixture, waitForNumber } from './fixture.js';

const TINY = join(packageRoot, 'examples', 'spaces', 'tiny.json');

export function spaceViewTests(fixture: () => Fixture): void {
  describe('spaces of one’s own', () => {
    test('a file is uploaded, and its networks are made choice by choice', async () => {
      const { page, complaints } = await fixture().open('/spaces');
      await page.locator('#space-file').setInputFiles(join(packageRoot, 'package.json'));
      await page.locator('#space-problem', { hasText: 'format' }).waitFor();
      await page.locator('#space-file').setInputFiles(TINY);
      await page.locator('#space-rows a', { hasText: 'tiny' }).click();
      await page
        .locator('#notice', { hasText: 'No device has a predictor for networks of tiny yet' })
        .waitFor();

      const space = readSpaceFile(TINY);
      const random = new Random(1);
      const measurements = Array.from({ length: 40 }, () => {
        const architecture = space.format(space.sample(random));
        return { architecture, latencyMs: architecture.length };
      });
      await fixture().post('/v1/devices/tiny_board/measurements', { key: 'a', space: 'tiny', measurements });
      const training = { predictor: 'lookup' };
      const { id } = await fixture().post('/v1/devices/tiny_board/train', training);
      await fixture().app.inject(`/v1/jobs/${id}/events`);
      await fixture().app.inject(`/v1/jobs/${id}`);

      const made = await fixture().open('/predict?device=tiny_board&arch=32/3/3-3-5');
      await made.page.getByLabel('depth').selectOption('2');
      const text = made.page.locator('#architecture');
      await made.page.waitForFunction(
        () => document.querySelector<HTMLTextAreaElement>('#architecture')?.value === '32/2/3-3',
      );
      await made.page.locator('#slots select:disabled').and(made.page.getByLabel('kernel2')).waitFor();
      await text.fill('32/2/3-9');
      await made.page.locator('#problem', { hasText: '9' }).waitFor();
      const expected = complaints.filter((line) => !line.includes('400'));
      assert.deepEqual([...expected, ...made.complaints.filter((line) => !line.includes('400'))], []);
    });

    test('its networks are broken down on accelerators, too, made choice by choice', async () => {
      const { page, complaints } = await fixture().open(
        '/accelerators?device=overlay:arria10_1150&space=tiny&arch=32/3/3-3-5',
      );
      const space = readSpaceFile(TINY);
      const expected = (text: string) =>
        analyticDevice('overlay:arria10_1150').latency(space.toNetwork(space.parse(text))).latencyMs;
      const shows = async (text: string) => {
        assert.equal(await page.locator('#accelerator-architecture').inputValue(), text);
        await waitForNumber(page, '#breakdown strong', expected(text));
      };
      await page.locator('#breakdown').waitFor();
      await shows('32/3/3-3-5');
      // The third layer goes, and its slot with it.
      await page.locator('#slots').getByLabel('depth').selectOption('2');
      await page.waitForURL(/arch=32(%2F|\/)2(%2F|\/)3-3(&|$)/);
      await page.locator('#slots select:disabled').and(page.getByLabel('kernel2')).waitFor();
      await shows('32/2/3-3');
      assert.deepEqual(complaints, []);
    });
  });
}
