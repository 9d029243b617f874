import { outputOfColumn } from './columns.js';
import type { StandardisedRuns } from './fit.js';
import type { Runs } from './runs.js';
import type { SimulatorInput, SimulatorOutput } from './simulator.js';

/** How values seen by networks become a simulator's: value (or its logarithm) = mean + std · standardised. */
export interface Scaling {
  readonly inputMean: readonly number[];
  readonly inputStd: readonly number[];
  readonly outputMean: readonly number[];
  /** The points of a curve share one, so that points that hardly ever change are not magnified. */
  readonly outputStd: readonly number[];
}

/** Computes the scaling of runs. */
export function scalingOf(runs: Runs): Scaling {
  const { inputs, outputs, count } = runs;
  const x = columnsOf(transformed(runs.x, inputs), count);
  const perColumn = outputOfColumn(outputs).map((k) => outputs[k]);
  const y = columnsOf(transformed(runs.y, perColumn), count);
  const variance = y.map(({ std }) => std ** 2);
  const ofOutput = outputOfColumn(outputs);
  const shared = outputs.map((_, k) => {
    const own = variance.filter((__, column) => ofOutput[column] === k);
    return Math.sqrt(own.reduce((a, b) => a + b, 0) / own.length);
  });
  return {
    inputMean: x.map(({ mean }) => mean),
    inputStd: x.map(({ std }) => std),
    outputMean: y.map(({ mean }) => mean),
    outputStd: ofOutput.map((k) => shared[k]),
  };
}

/** Standardises runs for the networks. */
export function standardised(runs: Runs, scaling: Scaling): StandardisedRuns {
  const { inputs, outputs, count } = runs;
  const perColumn = outputOfColumn(outputs).map((k) => outputs[k]);
  return {
    count,
    x: scaled(transformed(runs.x, inputs), scaling.inputMean, scaling.inputStd),
    y: scaled(transformed(runs.y, perColumn), scaling.outputMean, scaling.outputStd),
  };
}

/** Takes logarithms where they are learned. */
function transformed(
  values: Float64Array,
  columns: readonly Pick<SimulatorInput | SimulatorOutput, 'log'>[],
): Float64Array {
  return values.map((value, i) => (columns[i % columns.length].log ? Math.log(value) : value));
}

function scaled(values: Float64Array, mean: readonly number[], std: readonly number[]): Float32Array {
  const width = mean.length;
  return Float32Array.from(values, (value, i) => (value - mean[i % width]) / std[i % width]);
}

function columnsOf(values: Float64Array, count: number): { mean: number; std: number }[] {
  const width = values.length / count;
  return Array.from({ length: width }, (_, k) => {
    let [sum, squares] = [0, 0];
    for (let run = 0; run < count; run++) sum += values[run * width + k];
    const mean = sum / count;
    for (let run = 0; run < count; run++) squares += (values[run * width + k] - mean) ** 2;
    return { mean, std: Math.sqrt(squares / count) };
  });
}
