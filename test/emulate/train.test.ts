import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { EMULATOR_ARCHITECTURES } from '../../src/emulate/architecture.js';
import { emulatedCurvePlot } from '../../src/emulate/curve-plot.js';
import { spaceFilling } from '../../src/emulate/design.js';
import { Emulator } from '../../src/emulate/emulator.js';
import type { Runs } from '../../src/emulate/runs.js';
import { suggestRuns } from '../../src/emulate/suggest.js';
import { type EmulatorTask, trainEmulator } from '../../src/emulate/train.js';
import { listModels } from '../../src/predictors/saved/model-folder.js';
import { temporaryFolder } from '../temporary-folder.js';

const inputs = [
  { name: 'a', low: 0, high: 1 },
  { name: 'b', low: 1, high: 100, log: true },
];
const outputs = [
  { name: 'wave', points: 12 },
  { name: 'total', log: true },
];
const simulated = ([a, b]: readonly number[]) => [
  ...Array.from({ length: 12 }, (_, i) => Math.sin(3 * a + i / 4) + Math.log(b) / 5),
  100 * b * (1 + a),
];
const at = spaceFilling(inputs, 1);
const points = Array.from({ length: 80 }, (_, i) => at(i));
const runs: Runs = {
  inputs,
  outputs,
  count: points.length,
  x: Float64Array.from(points.flat()),
  y: Float64Array.from(points.flatMap(simulated)),
};
const task: EmulatorTask = {
  name: 'waves',
  description: 'waves',
  source: 'test',
  runs,
  failed: 0,
  options: { folds: 3, steps: 200, draws: 3 },
};

for (const update of Object.values(EMULATOR_ARCHITECTURES))
  test(`an emulator answers what the simulator does, and says how sure it is: ${update}`, async (t) => {
    const models = temporaryFolder();
    const folder = join(models, 'waves');
    const progress: number[] = [];
    const own = { ...task, options: { ...task.options, update } };
    const card = await trainEmulator(folder, own, { onProgress: (done) => progress.push(done) });
    assert.equal(progress.at(-1), 1);
    assert.deepEqual(readdirSync(folder).sort(), ['card.json', 'model.onnx', 'runs.csv']);
    assert.deepEqual(await listModels(models), []);

    const emulator = await Emulator.load(folder);
    t.after(() => emulator.release());
    const random = new Random(9);
    const asked = Array.from({ length: 200 }, () => [random.uniform(), 100 ** random.uniform()]);
    const { mean, low, high, spread } = await emulator.emulate(Float64Array.from(asked.flat()));
    const truth = asked.flatMap(simulated);
    const wave = truth.map((_, i) => i).filter((i) => i % 13 < 12);
    const rmse = Math.sqrt(wave.reduce((sum, i) => sum + (mean[i] - truth[i]) ** 2, 0) / wave.length);
    // The standard deviation of the wave is about 0.6.
    assert.ok(rmse < 0.1, `${rmse}`);
    assert.ok(card.scores[0].error < card.scores[0].errorOfOne);
    const totals = asked
      .map((_, run) => Math.abs(mean[run * 13 + 12] / truth[run * 13 + 12] - 1))
      .sort((a, b) => a - b);
    // It spans a factor of two hundred.
    assert.ok(totals[100] < 0.15, `${totals[100]}`);
    const inside = truth.filter((value, i) => value >= low[i] && value <= high[i]).length / truth.length;
    assert.ok(inside > 0.75, `${inside}`);
    for (let i = 0; i < truth.length; i++)
      assert.ok(low[i] <= mean[i] && mean[i] <= high[i] && spread[i] >= 0);
    assert.deepEqual(emulator.outside([0.5, 200]), ['b']);

    // A hole in the runs is what is asked for next.
    const known = points.filter(([a, b]) => a > 0.3 || b > 8);
    const suggested = await suggestRuns(
      emulator,
      { x: Float64Array.from(known.flat()), count: known.length },
      { count: 4, strategy: 'space-filling', seed: 3 },
    );
    assert.ok(suggested[0][0] < 0.3 && suggested[0][1] < 8, `${suggested[0]}`);
    assert.equal(new Set(suggested.map(String)).size, 4);
    const uncertain = await suggestRuns(emulator, runs, { count: 3, strategy: 'uncertain', seed: 3 });
    for (const x of uncertain) assert.deepEqual(emulator.outside(x), []);

    const svg = emulatedCurvePlot(card, { mean, low, high, spread }, 0, 'a 0.5');
    assert.match(svg, /wave/);
  });

test('a training that is cut off goes on with its finished fits, to the same emulator', async () => {
  const [whole, cut] = [temporaryFolder(), temporaryFolder()];
  const quick = {
    ...task,
    options: { folds: 3, steps: 40, draws: 2, update: 'ranked', parallel: 1 },
  } as const;
  let epochs = 0;
  const { version } = await trainEmulator(whole, quick, { onProgress: () => epochs++ });
  const stop = new AbortController();
  const interrupted = trainEmulator(cut, quick, {
    signal: stop.signal,
    onProgress: (done) => {
      if (done > 0.5) stop.abort();
    },
  });
  await assert.rejects(interrupted, { name: 'AbortError' });
  assert.deepEqual(readdirSync(cut), ['.fit-1']);
  // How many fits are made at the same time is no part of what they are.
  const wider = { ...quick, options: { ...quick.options, parallel: 2, threads: 2 } };
  let left = 0;
  const resumed = await trainEmulator(cut, wider, { onProgress: () => left++ });
  assert.equal(left, (epochs * 2) / 3);
  assert.equal(resumed.version, version);
});

test('intervals of one architecture, whose fits have no spread of their own, are wider outside of the runs', async () => {
  const folder = temporaryFolder();
  const options = { folds: 2, steps: 40, update: 'fixed' } as const;
  const { scores } = await trainEmulator(folder, { ...task, options });
  assert.deepEqual([scores[0].spearman, scores[1].spearman], [0, 0]);
  const emulator = await Emulator.load(folder);
  const { low, mean, high } = await emulator.emulate(Float64Array.of(0.5, 10, 3, 10));
  await emulator.release();
  assert.ok(low[0] < mean[0] && mean[0] < high[0]);
  assert.ok(high[13] - low[13] > 1.5 * (high[0] - low[0]));
});
