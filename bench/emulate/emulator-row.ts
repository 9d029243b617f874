import { sampleRankCorrelation } from 'simple-statistics';
import type { CommitteeOptions } from '../../src/emulate/committee.js';
import { Emulator } from '../../src/emulate/emulator.js';
import type { Runs } from '../../src/emulate/runs.js';
import { scalingOf, standardised } from '../../src/emulate/scaling.js';
import { simulatorNamed } from '../../src/emulate/simulators/registry.js';
import { trainEmulator } from '../../src/emulate/train.js';
import type { EmulateRow } from './row.js';

/** Test runs that the simulator's time is taken over. */
const TIMED = 20;

/** Trains an emulator and scores it on other runs. */
export async function emulatorRow(
  about: Pick<EmulateRow, 'case' | 'runs' | 'seed' | 'method'>,
  runs: Runs,
  test: Runs,
  folder: string,
  options: Partial<CommitteeOptions>,
): Promise<EmulateRow> {
  const name = about.case;
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const card = await trainEmulator(folder, {
    name,
    description: name,
    source: name,
    runs,
    failed: 0,
    options: { ...options, seed: about.seed },
  });
  const { user, system } = process.cpuUsage(cpu);
  const trainSeconds = (performance.now() - started) / 1000;

  const emulator = await Emulator.load(folder);
  await emulator.emulate(test.x);
  const asked = performance.now();
  const { mean, low, high, spread } = await emulator.emulate(test.x);
  const queryMs = (performance.now() - asked) / test.count;
  const outside = await emulator.emulate(beyond(runs, test));
  await emulator.release();
  const truth = test.y;
  const inside = truth.filter((value, i) => value >= low[i] && value <= high[i]).length;
  const errors = Array.from(truth, (value, i) => Math.abs(mean[i] - value));
  const columns = truth.length / test.count;
  const last = errors.filter((_, i) => i % columns === columns - 1);
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

  const simulator = simulatorNamed(name);
  const width = test.inputs.length;
  const ran = performance.now();
  for (let run = 0; run < TIMED; run++)
    await simulator.run([...test.x.subarray(run * width, (run + 1) * width)]);
  const simulatorMs = (performance.now() - ran) / TIMED;
  return {
    ...about,
    error: errorOf(runs, test, Float64Array.from(mean)),
    emulator: {
      expectedError: Math.sqrt(sum(card.scores.map(({ error }) => error ** 2)) / card.scores.length),
      coverage: inside / truth.length,
      spearman: sampleRankCorrelation([...spread], errors),
      outside: sum(outside.spread) / sum(spread),
      relativeError:
        sum(last.map((error, run) => error / Math.abs(truth[run * columns + columns - 1]))) / last.length,
      trainSeconds,
      trainCpuSeconds: (user + system) / 1e6,
      queryMs,
      simulatorMs,
    },
  };
}

/** Root mean square error over the test's standard deviation, outputs as they are learned. */
function errorOf(runs: Runs, test: Runs, mean: Float64Array): number {
  const scaling = scalingOf(runs);
  const [truth, predicted] = [test.y, mean].map((y) => standardised({ ...test, y }, scaling).y);
  return relativeRmse(truth, predicted, truth.length / test.count);
}

/** Over the standard deviation of the truth around its columns' means, as baselines.py takes it. */
function relativeRmse(truth: Float32Array, predicted: Float32Array, columns: number): number {
  const rows = truth.length / columns;
  const means = new Float64Array(columns);
  truth.forEach((value, i) => {
    means[i % columns] += value / rows;
  });
  let [error, variance] = [0, 0];
  truth.forEach((value, i) => {
    error += (predicted[i] - value) ** 2;
    variance += (value - means[i % columns]) ** 2;
  });
  return Math.sqrt(error / variance);
}

/** The test's runs moved out of the box, half its width beyond the nearer end of every input. */
function beyond({ inputs }: Runs, test: Runs): Float64Array {
  return test.x.map((value, i) => {
    const { low, high, log } = inputs[i % inputs.length];
    if (log) return value * (value * value < low * high ? (low / high) ** 0.5 : (high / low) ** 0.5);
    return value + (value < (low + high) / 2 ? -0.5 : 0.5) * (high - low);
  });
}
