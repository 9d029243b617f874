import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { freshState } from '../../src/nn/engines/engine.js';
import { createTfjsEngine } from '../../src/nn/engines/tfjs-engine.js';
import { initialParameters } from '../../src/nn/network.js';
import { OPERATIONS, stackedCells } from '../../src/spaces/nasbench201/network.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { cellSupernet, withAuxiliarySkip } from '../../src/supernet/cell-supernet.js';
import { CHOICE, oneHotChoice } from '../../src/supernet/choice.js';
import { searchSupernet } from '../../src/supernet/darts.js';
import { IMAGE_STEPS, imageEngine } from '../../src/supernet/image-engine.js';
import { type ImageSet, imagesAt, prepared, readImages } from '../../src/supernet/images.js';
import { LatencyTerm } from '../../src/supernet/latency-term.js';
import { neighbourGradient } from '../../src/supernet/neighbour-gradient.js';
import { stepsOn } from '../../src/supernet/schedule.js';
import { derivedNetwork, skeletonFor } from '../../src/supernet/skeleton.js';
import { trainAlone } from '../../src/supernet/train-alone.js';
import { IMAGE, trainable } from '../../src/supernet/trainable.js';
import { temporaryFolder } from '../temporary-folder.js';

let images: ImageSet;
before(async () => {
  images = prepared(await readImages('fashion-mnist-600'));
});
const narrow = () => skeletonFor(images, [4, 4, 8]);
const OPTIONS = {
  method: 'gdas',
  epochs: 2,
  batchSize: 32,
  architectureRate: 0.01,
  seed: 1,
  threads: 1,
} as const;
const few = (count: number) =>
  imagesAt(
    images.train,
    Array.from({ length: count }, (_, i) => i),
  );

/** Values of a network's parameters by name, members first. */
function named(network: ReturnType<typeof cellSupernet>, theta: Float32Array) {
  let offset = 0;
  return new Map(
    network.parameters.map(({ name, shape }) => {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      offset += size;
      return [name, theta.subarray(offset - size, offset)] as const;
    }),
  );
}

test('with one operation per edge the supernet computes what the network of that cell alone computes', async () => {
  const skeleton = narrow();
  const supernet = cellSupernet(skeleton);
  const some = few(16);
  const shared = await imageEngine(supernet, some, { batchSize: 16, threads: 1 });
  const theta = initialParameters(supernet, 3);
  const of = named(supernet, theta);
  // Every source. Pools are normalised in the supernet alone.
  const cell = space.parse(
    '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|',
  );
  const alone = trainable(stackedCells(cell, skeleton));
  const own = initialParameters(alone, 5);
  const ofOwn = named(alone, own);
  /** Columns of a matrix product that a source's edges share. */
  const take = (from: string, to: string, outputs: number, edge: number) => {
    const [source, target] = [of.get(from)!, ofOwn.get(to)!];
    const width = (source.length / target.length) * outputs;
    target.forEach((_, at) => {
      target[at] = source[Math.floor(at / outputs) * width + edge * outputs + (at % outputs)];
    });
  };
  take('stem', 'stem.conv.weight', 4, 0);
  [4, 4, 8].forEach((channels, stage) => {
    const name = `stage${stage + 1}.cell1`;
    take(`${name}.from0.conv3x3`, `${name}.edge01.conv.weight`, channels, 0);
    take(`${name}.from0.conv3x3`, `${name}.edge02.conv.weight`, channels, 1);
    take(`${name}.from1.conv1x1`, `${name}.edge12.conv.weight`, channels, 0);
    take(`${name}.from1.conv3x3`, `${name}.edge13.conv.weight`, channels, 1);
    take(`${name}.from2.conv1x1`, `${name}.edge23.conv.weight`, channels, 0);
    if (stage === 0) return;
    for (const part of ['a', 'b'])
      take(`reduction${stage}.${part}`, `reduction${stage}.${part}.conv.weight`, channels, 0);
    take(`reduction${stage}.shortcut`, `reduction${stage}.shortcut.conv.weight`, channels, 0);
  });
  take('classifier.weight', 'classifier.weight', 10, 0);
  const engine = await createTfjsEngine({
    network: alone,
    inputs: { [IMAGE]: some.pixels },
    target: some.labels,
    batchSize: 16,
    threads: 1,
    options: IMAGE_STEPS,
  });
  const expected = await engine.predict(own, { [IMAGE]: some.pixels }, 16);
  const found = await shared.predict(theta, { [IMAGE]: some.pixels }, 16, {
    [CHOICE]: oneHotChoice(cell, OPERATIONS.length),
  });
  await shared.release();
  expected.forEach((logit, i) => {
    assert.ok(Math.abs(logit - found[i]) < 1e-3, `logit ${i}: ${found[i]}, not ${logit}`);
  });
});

test("the gradient by the choice is the loss's slope, traced as eager, and a weight step is the same in both", async () => {
  const skeleton = narrow();
  const some = few(16);
  const network = cellSupernet(skeleton);
  const theta = initialParameters(network, 1);
  const traced = await imageEngine(network, some, { batchSize: 16, threads: 1 });
  const eager = await createTfjsEngine({
    network,
    inputs: { [IMAGE]: some.pixels },
    target: some.labels,
    batchSize: 16,
    threads: 1,
    options: IMAGE_STEPS,
  });
  const random = new Random(4);
  const choice = Float32Array.from({ length: 30 }, () => random.uniform());
  const rows = Int32Array.from({ length: 16 }, (_, i) => i);
  const { loss, gradients } = await traced.stepGradients(theta, rows, { [CHOICE]: choice });
  const reference = await eager.stepGradients(theta, rows, { [CHOICE]: choice });
  assert.ok(Math.abs(loss - reference.loss) < 1e-4);
  // Cross-entropy by hand, of the logits that the network gives.
  const logits = await traced.predict(theta, { [IMAGE]: some.pixels }, 16, { [CHOICE]: choice });
  const byHand =
    some.labels.reduce((sum, label, i) => {
      const own = [...logits.subarray(i * 10, (i + 1) * 10)];
      return sum + Math.log(own.reduce((total, logit) => total + Math.exp(logit), 0)) - own[label];
    }, 0) / 16;
  assert.ok(Math.abs(loss - byHand) < 1e-4, `${loss}, not ${byHand}`);
  for (const at of [1, 3, 8, 14, 29]) {
    assert.ok(Math.abs(gradients[CHOICE][at] - reference.gradients[CHOICE][at]) < 1e-3);
    const shifted = async (by: number) => {
      const moved = choice.slice();
      moved[at] += by;
      return (await traced.stepGradients(theta, rows, { [CHOICE]: moved })).loss;
    };
    const slope = ((await shifted(0.02)) - (await shifted(-0.02))) / 0.04;
    assert.ok(
      Math.abs(gradients[CHOICE][at] - slope) < 0.02,
      `${at}: ${gradients[CHOICE][at]}, not ${slope}`,
    );
  }
  const plan = { ...stepsOn(rows, 16, 0.02), stepInputs: { [CHOICE]: choice } };
  const [a, b] = [freshState(network, theta), freshState(network, theta)];
  for (let step = 0; step < 3; step++) {
    assert.ok(Math.abs((await traced.epoch(a, plan)) - (await eager.epoch(b, plan))) < 1e-3);
  }
  a.theta.forEach((value, i) => {
    assert.ok(Math.abs(value - b.theta[i]) < 1e-3, `parameter ${i}`);
  });
  await traced.release();
});

test('a network that is trained alone learns, and its ONNX model is what was trained', async () => {
  const skeleton = skeletonFor(images);
  const cell = space.parse('|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|');
  const options = { epochs: 12, batchSize: 32, seed: 1, threads: 1 };
  const losses: number[] = [];
  const trained = await trainAlone(derivedNetwork(cell, skeleton), images, options, {
    onEpoch: (_, loss) => losses.push(loss),
  });
  // 200 unseen images of ten classes; a linear classifier of as many images is right for about two thirds.
  assert.ok(trained!.testAccuracy > 0.6, `${trained!.testAccuracy}`);
  assert.ok(losses.at(-1)! < losses[0] / 2);
  const again = await trainAlone(derivedNetwork(cell, skeleton), images, options);
  assert.deepEqual(again!.onnx, trained!.onnx);
});

test('a search that was killed goes on to the same shares', async () => {
  const checkpoint = join(temporaryFolder(), 'run');
  const some = few(128);
  const whole = await searchSupernet(narrow(), some, OPTIONS, undefined, 'key');
  const killed = new AbortController();
  const hooks = { checkpoint, signal: killed.signal, onEpoch: () => killed.abort() };
  const half = await searchSupernet(narrow(), some, OPTIONS, undefined, 'key', hooks);
  assert.ok(half.interrupted && half.epochs.length === 1);
  const rest = await searchSupernet(narrow(), some, OPTIONS, undefined, 'key', { checkpoint });
  assert.deepEqual(rest.shares, whole.shares);
  assert.deepEqual(rest.theta, whole.theta);
  assert.deepEqual(rest.epochs, whole.epochs);
});

test('a further skip that fades out is added to the skip of every edge, and changes what is found', async () => {
  const choice = oneHotChoice(space.parse('|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|'), 5);
  const shared = withAuxiliarySkip(choice, 0.5);
  const added = shared.map((share, at) => share - choice[at]);
  assert.deepEqual([...added], Array(6).fill([0, 0.5, 0, 0, 0]).flat());
  const run = (method: 'darts' | 'darts-minus' | 'na-darts') =>
    searchSupernet(narrow(), few(128), { ...OPTIONS, method }, undefined, 'key');
  const plain = await run('darts');
  assert.notDeepEqual(plain.shares, (await run('darts-minus')).shares);
  assert.notDeepEqual(plain.shares, (await run('na-darts')).shares);
});

test('the gradient of na-darts is the mean over neighbours of its gradients by the other edges', async () => {
  const [edges, operations] = [3, 2];
  const choice = Float32Array.of(0.3, 0.7, 0.9, 0.1, 0.5, 0.5);
  // The gradient of a loss with a term for each pair of shares.
  const slope = (shares: Float32Array) =>
    shares.map((_, i) => shares.reduce((sum, share, j) => sum + (1 + ((i * j) % 5)) * share, 0));
  const expected = new Float32Array(choice.length);
  for (let drawn = 0; drawn < choice.length; drawn++) {
    const edge = Math.floor(drawn / operations);
    const own = (at: number) => Math.floor(at / operations) === edge;
    const gradient = slope(choice.map((share, at) => (own(at) ? +(at === drawn) : share)));
    const likelihood = (1 - choice[drawn]) / (edges * (operations - 1));
    gradient.forEach((value, at) => {
      if (!own(at)) expected[at] += likelihood * value;
    });
  }
  const random = new Random(1);
  const draws = 5000;
  const mean = new Float64Array(choice.length);
  for (let i = 0; i < draws; i++) {
    const drawn = await neighbourGradient(choice, operations, random, async (shares) => slope(shares));
    drawn.forEach((value, at) => {
      mean[at] += value / draws;
    });
  }
  mean.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < 0.03 * expected[at], `${at}: ${value}, not ${expected[at]}`);
  });
});

test('latency in the loss makes what is derived faster; with a limit the weight rises as far as that is kept', async () => {
  // Every operation takes its number in ms on each edge.
  const random = new Random(2);
  const networks = Array.from({ length: 200 }, () => space.sample(random));
  const msOf = (a: ArrayLike<number>) => 1 + Array.from(a).reduce((sum, option) => sum + option, 0);
  const ms = Float64Array.from(networks, msOf);
  const options = { ...OPTIONS, method: 'darts', epochs: 3, architectureRate: 0.2 } as const;
  const derive = async (given?: { weight: number } | { maxMs: number }) => {
    const term = given && LatencyTerm.learn(space, networks, ms, given);
    const found = await searchSupernet(narrow(), few(256), options, term, 'key');
    return { ...found, ms: msOf(found.architecture), expectedMs: term?.expectedMs(found.shares) };
  };
  const [free, weighed, limited] = [await derive(), await derive({ weight: 5 }), await derive({ maxMs: 8 })];
  assert.ok(weighed.ms < free.ms, `${weighed.ms} < ${free.ms}`);
  assert.ok(limited.latencyWeight > 0);
  assert.ok(limited.expectedMs! < 13, 'the shares of a uniform choice take 13 ms');
});

test('the expectation of a latency changes with the shares as its slope says', () => {
  const random = new Random(3);
  const networks = Array.from({ length: 100 }, () => space.sample(random));
  const ms = Float64Array.from(networks, (a) => 1 + a[0] * a[1] + a[3]);
  const term = LatencyTerm.learn(space, networks, ms, { weight: 2 });
  const shares = Float32Array.from({ length: 30 }, () => random.uniform());
  const mean = ms.reduce((sum, value) => sum + value, 0) / ms.length;
  const slope = term.slope(shares);
  for (const at of [0, 7, 18, 29]) {
    const moved = shares.slice();
    moved[at] += 0.1;
    const change = (term.expectedMs(moved) - term.expectedMs(shares)) / 0.1;
    // A sum over pairs is linear in each share, so the difference is the slope but for rounding.
    assert.ok(Math.abs((2 * change) / mean - slope[at]) < 1e-4);
  }
});
