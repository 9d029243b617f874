import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { type TrainingData, type TrainingOptions, trainNetwork } from '../../src/nn/training.js';
import { mlp } from '../../src/predictors/networks/mlp.js';
import { temporaryFolder } from '../temporary-folder.js';

const network = mlp(3, { members: 2, hidden: 8, layers: 1 });
const options: TrainingOptions = {
  epochs: 12,
  batchSize: 16,
  learningRate: 1e-2,
  schedule: 'cosine',
  patience: 100,
  loss: 'mse',
  weightDecay: 0,
  clipNorm: 5,
  dropout: 0,
  seed: 5,
  engine: 'onnx',
  threads: 1,
};

/** y = x₀ - x₁·x₂ at random points. */
function samples(count: number, seed: number): TrainingData {
  const random = new Random(seed);
  const x = Float32Array.from({ length: count * 3 }, () => 2 * random.uniform() - 1);
  return {
    inputs: { x },
    target: Float32Array.from({ length: count }, (_, i) => x[3 * i] - x[3 * i + 1] * x[3 * i + 2]),
  };
}

const [train, valid] = [samples(50, 1), samples(20, 2)];

class Killed extends Error {}

/** Trains until it is cut off after an epoch, leaving its checkpoint behind. */
async function trainAndKill(checkpoint: string, key: string, epochs: number): Promise<void> {
  const hooks = {
    checkpoint,
    checkpointEveryMs: 0,
    onEpoch: ({ epoch }: { epoch: number }) => {
      if (epoch > epochs) throw new Killed();
    },
  };
  await assert.rejects(trainNetwork(network, train, valid, options, key, hooks), Killed);
  assert.ok(existsSync(checkpoint));
}

test('a run that was killed and resumed ends with the parameters of one that was not', async () => {
  const whole = await trainNetwork(network, train, valid, options, 'key');
  const checkpoint = join(temporaryFolder(), 'checkpoint');
  await trainAndKill(checkpoint, 'key', 5);
  const epochs: number[] = [];
  const resumed = await trainNetwork(network, train, valid, options, 'key', {
    checkpoint,
    onEpoch: ({ epoch }) => epochs.push(epoch),
  });
  assert.equal(epochs[0], 6);
  assert.deepEqual(resumed.theta, whole.theta);
  assert.ok(!existsSync(checkpoint), 'the checkpoint is gone after the end');
});

test('checkpoints are written whatever the clock is set to meanwhile', async () => {
  const checkpoint = join(temporaryFolder(), 'checkpoint');
  let kept = false;
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
  try {
    await trainNetwork(network, train, valid, { ...options, epochs: 3 }, 'key', {
      checkpoint,
      checkpointEveryMs: 0,
      onEpoch({ epoch }) {
        kept ||= existsSync(checkpoint);
        mock.timers.setTime(Date.now() - 3_600_000 * epoch);
      },
    });
  } finally {
    mock.timers.reset();
  }
  assert.ok(kept);
});

test('a checkpoint of another task, or a damaged one, is not resumed', async () => {
  const checkpoint = join(temporaryFolder(), 'checkpoint');
  await trainAndKill(checkpoint, 'other data', 5);
  for (const damage of [false, true]) {
    if (damage) await writeFile(checkpoint, 'half a check');
    const epochs: number[] = [];
    await trainNetwork(network, train, valid, { ...options, epochs: 3 }, 'key', {
      checkpoint,
      onEpoch: ({ epoch }) => epochs.push(epoch),
    });
    assert.equal(epochs[0], 1);
  }
});

test('the same seed gives the same parameters, another seed others', async () => {
  const [a, b] = [
    await trainNetwork(network, train, valid, options, 'a'),
    await trainNetwork(network, train, valid, options, 'b'),
  ];
  const c = await trainNetwork(network, train, valid, { ...options, seed: 6 }, 'c');
  assert.deepEqual(a.theta, b.theta);
  assert.notDeepEqual(a.theta, c.theta);
});

test('training stops early when validation no longer improves', async () => {
  const noise = { inputs: valid.inputs, target: valid.target.map((_, i) => (i % 2 ? 50 : -50)) };
  const result = await trainNetwork(network, train, noise, { ...options, epochs: 200, patience: 4 }, 'key');
  assert.equal(result.stopped, 'early');
  assert.ok(result.epochs < 200);
});

test('an interrupted run returns what it has', async () => {
  const interrupt = new AbortController();
  const result = await trainNetwork(network, train, valid, { ...options, epochs: 1000 }, 'key', {
    signal: interrupt.signal,
    onEpoch: ({ epoch }) => epoch === 3 && interrupt.abort(),
  });
  assert.deepEqual([result.stopped, result.epochs], ['interrupted', 3]);
});

test('without validation data it trains to the end', async () => {
  const none = { inputs: { x: new Float32Array(0) }, target: new Float32Array(0) };
  const result = await trainNetwork(network, train, none, options, 'key');
  assert.deepEqual([result.stopped, result.epochs], ['finished', options.epochs]);
});

for (const dropout of [0, 0.2]) {
  test(`how long it takes is told before it begins, and changes nothing, with dropout ${dropout}`, async () => {
    const all = { ...options, dropout };
    const told: string[] = [];
    const result = await trainNetwork(network, train, valid, all, 'key', {
      onBegin({ epochs, epochsLeft, secondsPerEpoch }) {
        assert.ok(secondsPerEpoch > 0 && secondsPerEpoch < 5, `${secondsPerEpoch}`);
        told.push(`${epochsLeft} of ${epochs}`);
      },
      onEpoch: ({ epoch }) => told.push(`${epoch}`),
    });
    assert.deepEqual(told.slice(0, 2), ['12 of 12', '1']);
    assert.deepEqual(result, await trainNetwork(network, train, valid, all, 'key'));
  });
}
