import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { analyticDevice } from '../../../src/devices/catalogue.js';
import { googlenet } from '../../../src/network/zoo/families/googlenet.js';
import { networkModel } from '../../../src/onnx/write/network-model.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { type Fixture, FRONTIER_POINTS, waitForNumber } from './fixture.js';

export function acceleratorViewTests(fixture: () => Fixture): void {
  describe('accelerators, codesign, datasets', () => {
    test('a breakdown shows every layer as a bar and as a row; what does not fit says so', async () => {
      const { page, complaints } = await fixture().open(
        '/accelerators?device=overlay:arria10_1150&network=googlenet',
      );
      const { latencyMs, layers } = analyticDevice('overlay:arria10_1150').latency(googlenet());
      await page.locator('#breakdown svg').waitFor();
      await waitForNumber(page, '#breakdown strong', latencyMs);
      const bars = page.locator('#breakdown svg [aria-label="bar"]').last().locator('rect');
      assert.equal(await bars.count(), layers.length);
      const names = await page.locator('#breakdown tbody th').allTextContents();
      assert.deepEqual(
        names,
        layers.map(({ node }) => node),
      );
      assert.match((await page.locator('main').textContent())!, /bandwidth.*GB\/s/);
      assert.deepEqual(complaints, []);

      await page.locator('#accelerator').selectOption('bcnn:zcu102');
      await page.locator('#breakdown-problem', { hasText: 'does not fit' }).waitFor();
      assert.equal(await page.locator('#breakdown').count(), 0);
    });

    test('an architecture of a space is broken down, and the address keeps it', async () => {
      const { page } = await fixture().open('/accelerators');
      await page.locator('#breakdown').waitFor();
      await page.locator('#accelerator').selectOption('fnas:zcu102');
      await page.locator('#network').selectOption('space:nasbench201');
      await page.locator('#breakdown', { hasText: 'fnas:zcu102' }).waitFor();
      assert.match(await page.locator('#accelerator-architecture').inputValue(), /^\|nor_conv_3x3~0/);
      assert.match(page.url(), /device=fnas%3Azcu102&space=nasbench201&arch=/);

      const first = page.locator('#slots select').first();
      await first.selectOption('none');
      await page.waitForFunction(() =>
        document
          .querySelector<HTMLTextAreaElement>('#accelerator-architecture')
          ?.value.startsWith('|none~0|'),
      );
      await page.waitForURL(/arch=%7Cnone%7E0%7C|arch=%7Cnone~0%7C/);
    });

    test('an ONNX file is drawn and broken down, on one accelerator and on all, without its weights', async () => {
      const graph = googlenet();
      const file = networkModel(graph, { batch: 1, seed: 1 });
      // Browsers open a file at once; its bytes through the debugger take seconds.
      const path = join(temporaryFolder(), 'googlenet.onnx');
      writeFileSync(path, file);
      const { page, complaints } = await fixture().open('/accelerators');
      await page.locator('#breakdown').waitFor();
      await page.locator('#accelerator').selectOption('dpu:zcu102');
      await page.locator('#network').selectOption('onnx');
      const [sent] = await Promise.all([
        page.waitForRequest((request) => request.url().endsWith('/v1/network'), { timeout: 120_000 }),
        page.locator('#onnx').setInputFiles(path),
      ]);
      const { length } = sent.postData()!;
      assert.ok(length < file.length / 100, `${length} of ${file.length} bytes were sent`);
      await page.locator('#breakdown', { hasText: 'dpu:zcu102' }).waitFor();
      const { latencyMs } = analyticDevice('dpu:zcu102').latency(graph);
      await waitForNumber(page, '#breakdown strong', latencyMs);
      const drawn = await page.locator('#network-graph .operator text:not(.shape)').allTextContents();
      const kinds = graph.names().map((name) => graph.operator(name).kind);
      for (const kind of ['conv2d', 'concat', 'maxPool', 'linear'] as const) {
        const count = (all: readonly string[]) => all.filter((each) => each === kind).length;
        assert.equal(count(drawn), count(kinds), kind);
      }
      await page.locator('#ask-all').click();
      await page.locator('#everywhere td', { hasText: 'does not fit' }).first().waitFor();
      assert.deepEqual(
        complaints.filter((text) => !text.includes('422')),
        [],
      );

      const refused = { name: 'not.onnx', mimeType: 'application/octet-stream', buffer: Buffer.from('ABCD') };
      await page.locator('#onnx').setInputFiles(refused);
      await page.locator('#breakdown-problem', { hasText: 'not.onnx: This is not an ONNX model' }).waitFor();
    });

    test('a network on a device with learned kernels is shown kernel by kernel, and what is unfamiliar', async () => {
      const { page, complaints } = await fixture().open(
        '/accelerators?device=kernels:bench&network=googlenet',
      );
      await page.locator('#kernels tbody tr').first().waitFor();
      assert.match((await page.locator('#kernels .headline').textContent())!, /ms on made_up, 90 % between/);
      assert.match(
        (await page.locator('#kernels').textContent())!,
        /unfamiliar: Conv\.spatial.*never measured/,
      );
      assert.deepEqual(complaints, []);
    });

    test('looking at a pair rings it in both plots; a rectangle in one fades the rest in both', async () => {
      const { page, complaints } = await fixture().open('/codesign');
      const plots = page.locator('.linked svg');
      await plots.nth(1).waitFor();
      const rung = () =>
        Promise.all(
          [0, 1].map(async (i) => {
            const ring = plots.nth(i).locator('.ring');
            const place = async (name: string) => Number(await ring.getAttribute(name));
            return ringed(page, i, await place('cx'), await place('cy'));
          }),
        );
      // The least latency is the last point's; the next one to the right is the one before.
      await plots.first().focus();
      await page.keyboard.press('ArrowRight');
      assert.deepEqual(await rung(), [FRONTIER_POINTS - 1, FRONTIER_POINTS - 1]);
      await page.keyboard.press('ArrowRight');
      assert.deepEqual(await rung(), [FRONTIER_POINTS - 2, FRONTIER_POINTS - 2]);
      assert.match((await page.locator('#pair').textContent())!, /Accuracy63\.00 %Latency2\.000 ms/);

      // The first point under the pointer.
      const first = (await plots.nth(1).locator('circle').first().boundingBox())!;
      await page.mouse.move(first.x + first.width / 2, first.y + first.height / 2);
      assert.deepEqual(await rung(), [0, 0]);

      const box = (await plots.first().boundingBox())!;
      await page.mouse.move(box.x + 1, box.y + 1);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2, { steps: 3 });
      await page.mouse.up();
      const faded = await Promise.all([0, 1].map((i) => plots.nth(i).locator('circle.faded').count()));
      assert.equal(faded[0], faded[1]);
      assert.ok(faded[0] > 0 && faded[0] < FRONTIER_POINTS, String(faded[0]));
      assert.equal(await page.locator('#brushed tbody tr').count(), FRONTIER_POINTS - faded[0]);
      await plots.first().focus();
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('circle.faded').count(), 0);
      assert.deepEqual(complaints, []);
    });

    test('datasets show their cards, distributions and drift', async () => {
      const { page, complaints } = await fixture().open('/datasets');
      const cpu = page.locator('.card', { hasText: 'nasbench201_cpu' }).first();
      await cpu.locator('figure svg').nth(1).waitFor();
      assert.match((await cpu.textContent())!, /1,800.*measured.*Drift/s);
      const [file] = await Promise.all([page.waitForEvent('download'), cpu.locator('button').click()]);
      assert.equal(file.suggestedFilename(), 'nasbench201_cpu.csv.gz');
      const networks = page.locator('.network-dataset', { hasText: 'onnx_cpu' });
      assert.match((await networks.textContent())!, /414 ONNX files of \d+ families.*within ±10 %.*Drift/s);
      const [table] = await Promise.all([
        page.waitForEvent('download'),
        networks.getByRole('button', { name: 'Download as CSV' }).click(),
      ]);
      assert.equal(table.suggestedFilename(), 'onnx_cpu.csv.gz');
      assert.deepEqual(complaints, []);
    });
  });
}

/** Which point of a plot is at this place. */
function ringed(page: Page, plot: number, x: number, y: number): Promise<number> {
  const circles = page.locator('.linked svg').nth(plot).locator('[aria-label="dot"] circle');
  return circles.evaluateAll(
    (dots, at) =>
      dots.findIndex((dot) => {
        const near = (name: string, value: number) => Math.abs(Number(dot.getAttribute(name)) - value) < 0.01;
        return near('cx', at.x) && near('cy', at.y);
      }),
    { x, y },
  );
}
