import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { openForward } from '../../src/nn/engines/onnx-forward.js';
import { initialParameters, type Network } from '../../src/nn/network.js';
import { readSpaceFile } from '../../src/spaces/declared/space-files.js';
import { chainLayers, chainSpace, MOST_OPTIONS } from '../../src/supernet/chain-space.js';
import { CALIBRATION, chainSupernet, recalibratedSupernet } from '../../src/supernet/chain-supernet.js';
import { CHOICE, oneHotChoice } from '../../src/supernet/choice.js';
import { firstImages, type ImageSet, prepared, readImages } from '../../src/supernet/images.js';
import { oneShotEvaluator, trainOneShot } from '../../src/supernet/one-shot.js';
import { learnedAndJudged, openOneShot, writeOneShot } from '../../src/supernet/one-shot-folder.js';
import { skeletonFor } from '../../src/supernet/skeleton.js';
import { accuracyOf, trainAlone } from '../../src/supernet/train-alone.js';
import { IMAGE, trainable } from '../../src/supernet/trainable.js';
import { checkSpace } from '../../src/testing/check-space.js';
import { temporaryFolder } from '../temporary-folder.js';

const CHANNELS = [2, 3, 4];
const OPTIONS = { epochs: 2, batchSize: 16, seed: 1, threads: 1 };
let images: ImageSet;
before(async () => {
  images = prepared(await readImages('fashion-mnist-600'));
});
const narrow = () => skeletonFor(images, CHANNELS);
const few = (count: number) => firstImages(images, count).train;

/** Values of a network's parameters by name. */
function named({ parameters }: Network, theta: Float32Array) {
  let offset = 0;
  return new Map(
    parameters.map(({ name, shape }) => {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      offset += size;
      return [name, { shape, values: theta.subarray(offset - size, offset) }] as const;
    }),
  );
}

/** The weights that a path has of the supernet, as weights of its own network. */
function cutOut(theta: Float32Array, supernet: Network, alone: Network): Float32Array {
  const own = initialParameters(alone, 9);
  const shared = named(supernet, theta);
  for (const [name, { shape, values }] of named(alone, own)) {
    const { shape: whole, values: from } = shared.get(name)!;
    const isKernel = name.endsWith('depthwise.weight');
    for (let row = 0; row < shape[0]; row++) {
      // The nine taps of a kernel of 3 in the middle of those of 5.
      const middle = (1 + Math.floor(row / 3)) * 5 + 1 + (row % 3);
      const at = isKernel && shape[0] === 9 && whole[0] === 25 ? middle : row;
      for (let column = 0; column < shape[1]; column++) {
        values[row * shape[1] + column] = from[at * whole[1] + column];
      }
    }
  }
  return own;
}

test('the space of chains is a space like any other, whose networks are for the images', () => {
  const space = chainSpace(narrow());
  checkSpace(space);
  // Six blocks everywhere, and a skip where stride is 1 and channels stay: all but the first layers of the stages.
  assert.equal(space.size, 6 ** 3 * 7 ** 5);
  const widest = space.toNetwork(space.parse('k5_e6/k5_e6/k5_e6/k5_e6/k5_e6/k5_e6/k5_e6/k5_e6'));
  assert.deepEqual(widest.shape('layer1.depthwise'), [12, 8, 8]);
  assert.deepEqual(widest.shape('layer8.project'), [4, 4, 4]);
  assert.deepEqual(widest.shape('output'), [10]);
  // 16 × 16 positions to 12 channels, 8 × 8 with 25 taps each, 8 × 8 to 2 channels: by hand.
  const alone = (text: string) => space.macs(space.parse(text));
  const rest = 'k3_e1/k3_e1/k3_e1/skip/k3_e1/skip/skip';
  assert.equal(
    alone(`k5_e6/${rest}`) - alone(`k3_e1/${rest}`),
    256 * 2 * (12 - 2) + 64 * (12 * 25 - 2 * 9) + 64 * 2 * (12 - 2),
  );
});

test('with one block per layer the supernet computes what that chain alone computes', async () => {
  const skeleton = narrow();
  const space = chainSpace(skeleton);
  const supernet = chainSupernet(skeleton);
  const random = new Random(5);
  // Scales and shifts that training would have made different, too.
  const theta = initialParameters(supernet, 3).map((value) => value + 0.2 * (random.uniform() - 0.5));
  const { pixels } = few(16);
  const shared = await openForward(supernet, 1);
  const recalibrated = await openForward(recalibratedSupernet(skeleton, 16), 1);
  for (const text of [
    'k3_e1/skip/k5_e3/k3_e6/skip/k5_e1/skip/k3_e3',
    'k5_e6/k5_e6/k3_e3/skip/k5_e6/k3_e1/k5_e3/skip',
  ]) {
    const architecture = space.parse(text);
    const network = trainable(space.toNetwork(architecture));
    const alone = await openForward(network, 1);
    const expected = await alone.predict(cutOut(theta, supernet, network), { [IMAGE]: pixels }, 16);
    await alone.release();
    const choice = oneHotChoice(architecture, MOST_OPTIONS);
    const found = await shared.predict(theta, { [IMAGE]: pixels }, 16, { [CHOICE]: choice });
    // By the statistics of the same images it is the same again, for one image as for all.
    const one = await recalibrated.predict(theta, { [IMAGE]: pixels.subarray(0, 256) }, 1, {
      [CHOICE]: choice,
      [CALIBRATION]: pixels,
    });
    expected.forEach((logit, i) => {
      assert.ok(Math.abs(logit - found[i]) < 1e-3, `${text}: logit ${i} is ${found[i]}, not ${logit}`);
      if (i < 10)
        assert.ok(Math.abs(logit - one[i]) < 1e-3, `${text}: logit ${i} is ${one[i]}, not ${logit}`);
    });
  }
  await shared.release();
  await recalibrated.release();
});

test('a supernet that was killed goes on to the same weights, and learns', async () => {
  const checkpoint = join(temporaryFolder(), 'run');
  const some = few(128);
  const whole = await trainOneShot(narrow(), some, OPTIONS, 'key');
  const killed = new AbortController();
  const hooks = { checkpoint, signal: killed.signal, onEpoch: () => killed.abort() };
  const half = await trainOneShot(narrow(), some, OPTIONS, 'key', hooks);
  assert.ok(half.interrupted && half.losses.length === 1);
  const rest = await trainOneShot(narrow(), some, OPTIONS, 'key', { checkpoint });
  assert.deepEqual(rest, whole);
  const other = await trainOneShot(narrow(), some, { ...OPTIONS, seed: 2 }, 'other', { checkpoint });
  assert.notDeepEqual(other.theta, whole.theta);
});

test('only the paths that are drawn are trained, and their multiply-accumulates counted', async () => {
  const skeleton = narrow();
  const space = chainSpace(skeleton);
  const path = space.parse('k3_e1/skip/k3_e1/skip/skip/k3_e1/skip/skip');
  const supernet = chainSupernet(skeleton);
  const theta = initialParameters(supernet, 4);
  const some = few(64);
  const options = { ...OPTIONS, epochs: 1 };
  const paths = { draw: () => path, theta };
  const trained = await trainOneShot(skeleton, some, options, 'key', {}, paths);
  assert.equal(trained.macs, 64 * space.macs(path));
  const [before, after] = [named(supernet, theta), named(supernet, trained.theta)];
  const change = (name: string, at: number) => after.get(name)!.values[at] / before.get(name)!.values[at];
  // What no path has only decays: all of its weights alike, by 4 steps of at most 0.025 · 0.0003 and their momentum.
  const decayed = change('layer2.project.weight', 0);
  assert.ok(decayed < 1 && decayed > 1 - 1e-3);
  for (const at of [1, 7, 20]) assert.ok(Math.abs(change('layer2.project.weight', at) - decayed) < 1e-5);
  // The border of the kernel of 5, and the channels beyond the first two.
  assert.ok(Math.abs(change('layer1.depthwise.weight', 0) - decayed) < 1e-5);
  assert.ok(Math.abs(change('layer1.project.weight', 2 * 2) - decayed) < 1e-5);
  assert.ok(Math.abs(change('layer1.depthwise.weight', 12 * 12) - decayed) > 1e-5);
  assert.ok(Math.abs(change('layer1.project.weight', 0) - decayed) > 1e-5);
});

test('a chain trained alone is an ONNX model that computes what was trained', async () => {
  const skeleton = narrow();
  const space = chainSpace(skeleton);
  const graph = space.toNetwork(space.parse('k5_e3/skip/k3_e6/k5_e1/skip/k3_e3/k5_e3/skip'));
  const set = { train: few(200), test: few(200) };
  const losses: number[] = [];
  const trained = await trainAlone(
    graph,
    set,
    { epochs: 12, batchSize: 20, seed: 1, threads: 1 },
    {
      onEpoch: (_, loss) => losses.push(loss),
    },
  );
  assert.ok(losses.at(-1)! < losses[0] - 0.3, losses.join());
  // The images that it learned: judged by onnxruntime's own convolutions, with statistics of all of them at once.
  assert.ok(trained!.testAccuracy > 0.4, `${trained!.testAccuracy}`);
  assert.equal(await accuracyOf(trained!.onnx, set.test), trained!.testAccuracy);
});

test('a supernet in a folder judges as it did, and says what is wrong with the folder', async () => {
  const folder = temporaryFolder();
  const skeleton = narrow();
  const space = chainSpace(skeleton);
  const parts = learnedAndJudged(images.train);
  assert.equal(parts.learned.labels.length + parts.judged.labels.length, images.train.labels.length);
  const { theta, losses, macs } = await trainOneShot(skeleton, parts.learned, OPTIONS, 'key');
  const card = {
    data: 'fashion-mnist-600',
    images: 400,
    channels: CHANNELS,
    ...OPTIONS,
    losses: [...losses],
  };
  await writeOneShot(folder, { ...card, macs }, skeleton, theta);
  assert.equal(readSpaceFile(join(folder, 'space.json')).size, space.size);
  const direct = await oneShotEvaluator(skeleton, theta, parts);
  const read = await openOneShot(folder);
  for (const seed of [1, 2]) {
    const chain = space.sample(new Random(seed));
    const [expected, found] = [await direct.evaluate(chain), await read.evaluate(chain)];
    assert.ok('accuracy' in expected && 'accuracy' in found);
    assert.equal(found.accuracy, expected.accuracy);
    assert.ok(found.accuracy >= 0 && found.accuracy <= 100);
  }
  await direct.release();
  await read.release();
  assert.match(read.describedAs!, /^one-shot .*, weights [0-9a-f]{12}$/);

  await appendFile(join(folder, 'weights.f32'), 'more');
  await assert.rejects(openOneShot(folder), /weights.f32: these are not the weights/);
  const text = await readFile(join(folder, 'one-shot.json'), 'utf8');
  await writeFile(join(folder, 'one-shot.json'), text.replace('"epochs": 2', '"epochs": "two"'));
  await assert.rejects(openOneShot(folder), /one-shot.json, field .epochs: must be integer/);
  await assert.rejects(openOneShot(temporaryFolder()), /one-shot.json/);
});

test('a layer may be skipped exactly where its shape stays', () => {
  const skips = chainLayers([8, 16, 32]).map(({ options }) => options.includes(undefined));
  assert.deepEqual(skips, [false, true, false, true, true, false, true, true]);
});
