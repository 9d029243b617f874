import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { additiveMs } from '../additive-device.js';
import { measuredCells } from '../measured-cells.js';
import { type Fixture, headingOf } from './fixture.js';

const TRAINING_MS = 400_000;

export function deviceViewTests(fixture: () => Fixture): void {
  describe('devices, jobs', () => {
    test('a device that was never measured is shown without asking in vain', async () => {
      const { page, complaints } = await fixture().open('/devices');
      await page.locator('#find').fill('board_a');
      assert.deepEqual(await page.locator('#device-rows tr:visible a').allTextContents(), ['board_a']);
      await page.locator('#device-rows a', { hasText: 'board_a' }).click();
      await page.locator('#how-to-measure').waitFor();
      assert.equal(await headingOf(page), 'board_a');
      assert.match((await page.locator('#covered').textContent())!, /every one of the space’s 30 options/);
      assert.deepEqual(complaints, []);
    });

    test('a device that was only measured has no model yet, and can be trained', async () => {
      await fixture().post('/v1/devices/new_board/measurements', {
        key: 'first',
        space: 'nasbench201',
        measurements: measuredCells(5, 3),
      });
      const { page, complaints } = await fixture().open('/devices/new_board');
      assert.match((await page.locator('#about').textContent())!, /none yet/);
      assert.equal(await page.locator('#measured-count').textContent(), '5 measurements');
      await page.locator('#training-start').click();
      // The service knows how many are needed.
      await page.locator('#training-problem', { hasText: 'are needed to train' }).waitFor();
      assert.equal(complaints.filter((text) => !text.includes('409')).length, 0, complaints.join());
    });

    test('all measurements of a device are saved, however many there are', async () => {
      const measurements = measuredCells(10_050, 3);
      const payload = { key: 'many', space: 'nasbench201', measurements };
      await fixture().post('/v1/devices/measured_much/measurements', payload);
      const { page, complaints } = await fixture().open('/devices/measured_much');
      const saving = page.waitForEvent('download');
      await page.locator('#measured button', { hasText: 'Download as CSV' }).click();
      const rows = (await readFile(await (await saving).path(), 'utf8')).trimEnd().split('\n');
      assert.equal(rows.length - 1, measurements.length);
      assert.deepEqual(complaints, []);
    });

    test('a board with few measurements is learned from the other devices, where there are any', async () => {
      const { page } = await fixture().open('/devices/new_board');
      assert.equal(await page.getByLabel('Learned from').inputValue(), 'transfer');
      const much = await fixture().open('/devices/measured_much');
      await much.page.locator('#versions').waitFor();
      assert.equal(await much.page.locator('#predictor').isVisible(), false, 'no other has ten');
    });

    test('from measurements that disagree to a new version that serves, and back', async () => {
      const random = new Random(5);
      // The board has become slower by half.
      const measurements = Array.from({ length: 60 }, () => {
        const architecture = nasbench201.format(nasbench201.sample(random));
        return { architecture, latencyMs: 1.5 * additiveMs(architecture, 1) };
      });
      await fixture().post('/v1/devices/board_a/measurements', { key: 'slower', measurements });

      const { page, complaints } = await fixture().open('/devices/board_a');
      await page.locator('#drift').waitFor();
      assert.match((await page.locator('#measured-count').textContent())!, /^60 measurements: 0\.0 % within/);
      assert.equal(await page.locator('#measured-plot svg [aria-label="dot"] circle').count(), 60);
      assert.match(
        (await page.locator('#version-rows').textContent())!,
        /from the folder of predictors.*yes/,
      );

      await page.locator('#training-start').click();
      await page.locator('#training-cancel').waitFor();
      const jobs = await fixture().open('/jobs');
      const line = jobs.page.locator('#job-rows tr', { hasText: 'board_a' }).first();
      await line.locator('.state', { hasText: /running|queued/ }).waitFor();
      await line.locator('.state', { hasText: 'succeeded' }).waitFor({ timeout: TRAINING_MS });
      assert.match((await line.textContent())!, /serves now: better/);

      await page
        .locator('#training-text', { hasText: 'serves now: better' })
        .waitFor({ timeout: TRAINING_MS });
      await page.locator('#version-rows', { hasText: 'trained' }).waitFor();
      assert.match((await page.locator('#version-rows').textContent())!, /→/);
      await page.locator('#drift').waitFor({ state: 'hidden' });
      const shares = /measurements: of \d+ that the model was not trained on, ([\d.]+) % within/;
      assert.ok(Number(shares.exec((await page.locator('#measured-count').textContent())!)?.[1]) > 80);

      assert.equal(await page.locator('#measured-plot svg [aria-label="dot"]').count(), 2);
      await page.locator('#rollback').click();
      await page.locator('#version-rows', { hasText: 'make it serve' }).waitFor();
      assert.deepEqual([...complaints, ...jobs.complaints], []);
    });

    test('of a device with several metrics one is chosen; values are in its unit, and files are of it', async () => {
      const measurements = measuredCells(40, 3).flatMap(({ architecture, latencyMs }) => [
        { architecture, latencyMs },
        { architecture, metric: 'energy', value: 0.5 * latencyMs, unit: 'J' },
      ]);
      await fixture().post('/v1/devices/meter/measurements', {
        key: 'a',
        space: 'nasbench201',
        measurements,
      });
      const { page, complaints } = await fixture().open('/devices/meter');
      assert.deepEqual(await page.locator('#metric option').allTextContents(), ['latency, ms', 'energy, mJ']);
      await page.locator('#metric').selectOption('energy');
      await page.waitForURL(/metric=energy/);
      await page.locator('#training-start').waitFor();
      assert.equal(await page.locator('#measured-count').textContent(), '40 measurements');
      const training = { metric: 'energy', predictor: 'lookup' };
      const { id } = await fixture().post('/v1/devices/meter/train', training);
      await fixture().app.inject(`/v1/jobs/${id}/events`);
      // Whoever reads that it is over finds the version served.
      await fixture().app.inject(`/v1/jobs/${id}`);
      await page.reload();
      await page.locator('#measured-plot svg', { hasText: 'measured, mJ' }).waitFor();
      assert.match((await page.locator('#about').textContent())!, /energy from [\d.,]+ to [\d.,]+ mJ/);
      await page.locator('#about a', { hasText: 'Predict' }).click();
      await page.locator('#latency', { hasText: /\d mJ$/ }).waitFor();
      assert.equal(await page.locator('#metric').inputValue(), 'energy');
      await page.locator('#metric').selectOption('latency');
      await page.locator('#latency', { hasText: /\d ms$/ }).waitFor();
      assert.deepEqual(complaints, []);
    });

    test('predictions that were followed are held against later measurements', async () => {
      const measurements = measuredCells(12, 10, 7);
      const architectures = measurements.map(({ architecture }) => architecture);
      await fixture().post('/v1/predict', { device: 'board_b', architectures, track: true });
      await fixture().post('/v1/devices/board_b/measurements', { key: 'later', measurements });
      const { page, complaints } = await fixture().open('/devices/board_b');
      await page.locator('#production-rows tr').waitFor();
      assert.match((await page.locator('#production-rows').textContent())!, /12\d\.\d %100\.0 %/);
      assert.equal(await page.locator('#production-plot svg circle').count(), 1);
      assert.deepEqual(complaints, []);
    });

    test('predictors are compared, and the comparison is shown; another is begun and cancelled', async () => {
      const measurements = measuredCells(60, 3);
      const upload = { key: 'a', space: 'nasbench201', measurements };
      await fixture().post('/v1/devices/compared/measurements', upload);
      const wanted = { predictors: ['flops', 'lookup'], seeds: 2 };
      await fixture().post('/v1/devices/compared/evaluate', wanted);
      const { page, complaints } = await fixture().open('/devices/compared');
      await page.locator('#comparison-rows tr').nth(1).waitFor({ timeout: TRAINING_MS });
      const rows = await page.locator('#comparison-rows tr').allTextContents();
      assert.match(rows[0], /^flops/);
      assert.match(rows[1], /^lookup100\.0 ± 0\.0 %/);
      assert.match((await page.locator('#comparison-card').textContent())!, /on 43 .* over 2 splits/);

      await page.locator('#comparison-start').click();
      await page.locator('#comparison-cancel').click();
      await page.locator('#comparison-text', { hasText: 'cancelled' }).waitFor();
      assert.deepEqual(complaints, []);
    });

    test('measurements of a new device are sent from a file; what was read as what is said', async () => {
      const rows = measuredCells(12, 2).map(
        ({ architecture, latencyMs }) => `${architecture},${latencyMs},x`,
      );
      const buffer = Buffer.from(['arch,latency_ms,remark', ...rows].join('\n'));
      const file = { name: 'bench.csv', mimeType: 'text/csv', buffer };
      const { page, complaints } = await fixture().open('/devices');
      await page.locator('#measurements-file').setInputFiles(file);
      await page.locator('#upload-problem', { hasText: 'Name the device first' }).waitFor();
      await page.locator('#new-device').fill('sent_board');
      await page.locator('#measurements-file').setInputFiles(file);
      await page.waitForURL(/devices\/sent_board/);
      await page.locator('#measured-count', { hasText: '12 measurements' }).waitFor();
      await page.locator('#measurements-file').setInputFiles({ ...file, name: 'again.csv' });
      await page
        .locator('#upload-told', { hasText: 'Kept: 12 of latency in ms. Columns left out: remark' })
        .waitFor();
      await page.locator('#measured-count', { hasText: '24 measurements' }).waitFor();
      assert.deepEqual(complaints, []);
    });

    test('a job is cancelled from the list', async () => {
      await fixture().post('/v1/devices/new_board/measurements', {
        key: 'more',
        measurements: measuredCells(200, 3, 2),
      });
      await fixture().post('/v1/devices/new_board/train', { epochs: 10_000 });
      const { page, complaints } = await fixture().open('/jobs');
      const line = page.locator('#job-rows tr', { hasText: 'new_board' }).first();
      await line.locator('button').click();
      await line.locator('.state', { hasText: 'cancelled' }).waitFor({ timeout: 60_000 });
      await page.locator('select').selectOption('cancelled');
      const states = await page.locator('#job-rows .state').allTextContents();
      assert.deepEqual([...new Set(states)], ['cancelled']);
      await line.waitFor();
      assert.deepEqual(complaints, []);
    });
  });
}
