import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { publishedNetwork } from '../../../src/network/zoo/index.js';
import type { TimedNetwork } from '../../../src/predictors/kernels/timed-network.js';
import { intervalFactors, leftOutCoverage } from '../../../src/predictors/roofline/calibration.js';
import { kernelsOn, networkDevices } from '../../../src/predictors/roofline/devices.js';
import { fitRoofline } from '../../../src/predictors/roofline/fit.js';
import { fitLine, lineUs } from '../../../src/predictors/roofline/line.js';
import { ORDINARY } from '../../../src/predictors/roofline/parameters.js';
import { predictNetwork, sharesByKind } from '../../../src/predictors/roofline/predict.js';
import { countedRates, indexOf, rooflineTimes, timeUs } from '../../../src/predictors/roofline/roofline.js';
import { loadNetworkModel } from '../../../src/predictors/roofline/saved.js';
import { searchZoo } from '../../../src/predictors/roofline/zoo-search.js';

const rtx4090 = networkDevices.find(({ name }) => name === 'rtx4090')!;

/** An imagined device: 40 TMAC/s, 600 GB/s for activations and weights, 3 µs a launch; the longer of the two counts. */
function imagined(name: string, family: string): TimedNetwork & { totalUs: number } {
  const kernels = kernelsOn(rtx4090, publishedNetwork(name), 64);
  const totalUs = kernels.reduce(
    (sum, { macs, inBytes, outBytes, weightBytes }) =>
      sum + Math.max(macs / 40e6, (inBytes + outBytes) / 600e3) + weightBytes / 600e3 + 3,
    0,
  );
  return { name, family, kernels, totalUs };
}

describe('roofline rates learned from totals', () => {
  const known = [
    'resnet18',
    'resnet50',
    'vgg11',
    'mobilenetv2_100',
    'efficientnet_b0',
    'regnety_008',
    'dla34',
  ];
  const roofline = fitRoofline(
    known.map((name) => imagined(name, name)),
    ORDINARY.cuda,
  );
  const totalOf = (network: TimedNetwork) =>
    rooflineTimes(roofline, network.kernels).reduce((sum, { us, count }) => sum + us * count, 0);

  it('predict networks of an imagined device that they were not learned from', () => {
    for (const name of ['resnet101', 'densenet121', 'mnasnet_100']) {
      const network = imagined(name, name);
      assert.ok(
        Math.abs(totalOf(network) / network.totalUs - 1) < 0.12,
        `${name}: ${totalOf(network) / network.totalUs}`,
      );
    }
  });

  it('have the derivatives that differences show', () => {
    const index = indexOf(roofline);
    const [counted] = countedRates(imagined('resnet18', '').kernels.slice(0, 1), index, undefined);
    const slope = new Float64Array(roofline.values.length);
    timeUs(counted, roofline.values, slope);
    for (const p of [
      index.get('compute') as number,
      index.get('memory.convolution') as number,
      index.get('launch') as number,
    ]) {
      const moved = roofline.values.slice();
      moved[p] += 1e-6;
      const difference = (timeUs(counted, moved) - timeUs(counted, roofline.values)) / 1e-6;
      assert.ok(
        Math.abs(slope[p] - difference) < 1e-3 * Math.max(1, Math.abs(difference)),
        `${p}: ${slope[p]} ${difference}`,
      );
    }
  });

  it('are positive for kernels of kinds that were never measured', () => {
    for (const { us } of rooflineTimes(roofline, imagined('swin_tiny_patch4_window7_224', '').kernels))
      assert.ok(us > 0);
  });
});

describe('intervals over left-out kin', () => {
  it('cover 90 % of the kin of a population, each kin erring together', () => {
    const random = new Random(5);
    const normal = () =>
      Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
    const kin: string[] = [];
    const residuals: number[] = [];
    for (let k = 0; k < 60; k++) {
      const shared = normal() * 0.1;
      // Families of very different sizes: kin count, not networks.
      for (let i = 0; i < 1 + (k % 20); i++) {
        kin.push(`kin${k}`);
        residuals.push(shared + normal() * 0.03);
      }
    }
    const coverage = leftOutCoverage({ residuals: Float64Array.from(residuals), kin }, 0.9);
    assert.ok(coverage.kin > 0.84 && coverage.kin < 0.97, String(coverage.kin));
    const { low, high } = intervalFactors({ residuals: Float64Array.from(residuals), kin }, 0.9);
    assert.ok(low < 0.9 && high > 1.1);
  });
});

describe('the line in totals', () => {
  it('finds non-negative slopes', () => {
    const rows = [1, 2, 3, 4, 5].map((x) => ({ totals: [x, x * x, 7 - x], us: 3 * x + 2 * x * x }));
    const line = fitLine(rows);
    assert.ok(Math.abs(lineUs(line, [6, 36, 1]) / (18 + 72) - 1) < 0.02);
    assert.ok(line.slopes.every((slope) => slope >= 0));
  });
});

describe('shipped predictors of networks', () => {
  for (const { name } of networkDevices) {
    it(`${name}: ResNet-50, which it was learned from, within its interval and the table's time`, async () => {
      const model = await loadNetworkModel(name);
      const prediction = predictNetwork(model, publishedNetwork('resnet50'));
      assert.ok(prediction.lowMs < prediction.latencyMs && prediction.latencyMs < prediction.highMs);
      // timm's tables at 224 × 224: batch 1024, 256 and 1.
      const measured = { rtx3090: 318.095, rtx4090: 31.069, i7_12700h: 32.78 }[name];
      assert.ok(Math.abs(prediction.latencyMs / measured - 1) < 0.15, `${prediction.latencyMs} ms`);
      const shares = sharesByKind(prediction).reduce((sum, { share }) => sum + share, 0);
      assert.ok(Math.abs(shares - 1) < 1e-9);
      assert.deepEqual(prediction.unfamiliar, []);
    });

    it(`${name}: beats the line in totals over left-out kin, and its card says by how much`, async () => {
      const { card } = await loadNetworkModel(name);
      assert.ok(card.leftOut.mape < card.baseline.mape, `${card.leftOut.mape} ${card.baseline.mape}`);
      assert.ok(card.kin.length >= 25 && card.networks > 600);
    });
  }

  it('flag a batch beyond those that were measured', async () => {
    const model = await loadNetworkModel('i7_12700h');
    assert.match(predictNetwork(model, publishedNetwork('resnet18'), 64).unfamiliar.join(), /batch 64/);
  });

  it('search the zoo: each network of the front is slower and more accurate than the next', async () => {
    const model = await loadNetworkModel('rtx4090');
    const front = await searchZoo(model, { limitMs: 0.2 });
    assert.ok(front.length > 5);
    for (const [i, { top1, msPerImage, highMsPerImage }] of front.entries()) {
      assert.ok(highMsPerImage <= 0.2);
      if (i > 0) assert.ok(top1 <= front[i - 1].top1 && msPerImage < front[i - 1].msPerImage);
    }
  });
});
