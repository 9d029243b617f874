import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Random } from '../../../src/base/random.js';
import type { Samples } from '../../../src/datasets/samples.js';
import { analyticDevice, calibratedDevice } from '../../../src/devices/catalogue.js';
import { LATENCY } from '../../../src/metrics/metric.js';
import { runTrial } from '../../../src/predictors/evaluation.js';
import { gcnKind } from '../../../src/predictors/kinds/gcn.js';
import { pretrainedKind } from '../../../src/predictors/kinds/pretrained-kind.js';
import { loadPredictor } from '../../../src/predictors/saved/saved.js';
import { trainPredictor } from '../../../src/predictors/train.js';
import { mnasnet } from '../../../src/spaces/mnasnet/space.js';
import { temporaryFolder } from '../../temporary-folder.js';

const zcu102 = analyticDevice('dpu:zcu102');
const kind = pretrainedKind(calibratedDevice('dpu:zcu102'), 300);
const SHORT = { epochs: 30, threads: 1 };

/** Networks on a board that is like the analytic device, but a quarter slower. */
function samples(count: number, seed: number, factor = 1.25): Samples {
  const random = new Random(seed);
  const architectures = Array.from({ length: count }, () => mnasnet.sample(random));
  const latencyMs = Float64Array.from(
    architectures,
    (a) => factor * zcu102.latency(mnasnet.toNetwork(a)).latencyMs,
  );
  return { architectures, metric: LATENCY, values: latencyMs };
}
const none = samples(0, 0);

const trial = { space: mnasnet, deadOperations: 'timed', seed: 1, options: SHORT } as const;

describe('pre-trained gcn', () => {
  it('says without any measurement what the device says', async () => {
    const split = { train: none, valid: none, test: samples(60, 2, 1) };
    const { test } = await runTrial({ ...trial, kind, split });
    assert.ok(test!.mape < 0.05, `${test!.mape}`);
  });

  it('learns from twelve measurements what gcn alone cannot', async () => {
    const split = { train: samples(12, 1), valid: none, test: samples(60, 2) };
    const alone = await runTrial({ ...trial, kind: gcnKind, split });
    const { test } = await runTrial({ ...trial, kind, split });
    assert.ok(test!.mape < 0.06, `${test!.mape}; the device is off by 0.2`);
    assert.ok(test!.mape < alone.test!.mape / 2, `${test!.mape} and ${alone.test!.mape}`);
  });

  it('goes on after the labels when it was stopped behind them, and is saved as a gcn', async () => {
    const folder = temporaryFolder();
    const task = {
      space: mnasnet,
      deadOperations: 'timed' as const,
      device: 'board',
      facts: { description: 'a board', batchSize: 1, precision: 'int8' },
      samples: samples(40, 3),
      data: { name: 'd', source: 's', licence: 'l', sha256: 'x' },
      kind,
      split: { kind: 'random' as const, train: 25, valid: 5, seed: 1 },
      options: { epochs: 4, threads: 1 },
      calibrationSamples: 0,
    };
    const epochs: number[] = [];
    const stop = new Error('killed');
    const killed = trainPredictor(folder, {
      ...task,
      hooks: {
        checkpoint: join(folder, '.checkpoint'),
        onEpoch({ epoch }) {
          epochs.push(epoch);
          if (epochs.length === 6) throw stop;
        },
      },
    });
    await assert.rejects(killed, stop);
    assert.deepEqual(epochs, [1, 2, 3, 4, 1, 2]);
    epochs.length = 0;
    const { card, trial } = await trainPredictor(folder, {
      ...task,
      hooks: { checkpoint: join(folder, '.checkpoint'), onEpoch: ({ epoch }) => epochs.push(epoch) },
    });
    assert.deepEqual(epochs, [1, 2, 3, 4], 'the labels are not learned again');
    assert.equal(card.predictor, 'gcn');
    const { device } = card.options.pretraining as { device: { id: string } };
    assert.equal(device.id, 'dpu:zcu102');
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('.')),
      [],
      'nothing is left of the run',
    );
    const predictor = await loadPredictor(folder);
    const ms = await predictor.predict(task.samples.architectures);
    await predictor.release();
    for (const predicted of trial.predicted) assert.ok(ms.includes(predicted));
  });
});
