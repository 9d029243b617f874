import type { Matrix } from 'ml-matrix';
import type { Samples } from '../../datasets/samples.js';
import { LATENCY } from '../../metrics/metric.js';
import { asExecuted } from '../../spaces/executed.js';
import type { Architecture } from '../../spaces/space.js';
import { gcnKind } from '../kinds/gcn.js';
import { OnnxPredictor } from '../saved/saved.js';
import { adapt, applyLinear } from './adapt.js';
import { operationCounts, relativeWeights, ridge } from './baselines.js';
import type { Basis } from './basis.js';
import {
  applyEmbedding,
  type EmbeddingInputs,
  embeddingInputs,
  fitEmbedding,
  selectInputs,
} from './embedding-fit.js';
import { fineTune } from './fine-tune.js';
import type { SharedPredictor } from './shared-predictor.js';
import { relativeDeviation } from './uncertainty.js';

/** Architectures of a new device, with everything that the methods need to know about them. */
export interface TransferRows {
  readonly basis: Basis;
  readonly shared: SharedPredictor;
  /** As the device runs them. */
  readonly executed: readonly Architecture[];
  /** `[architecture, column]` of the basis. */
  readonly columns: Matrix;
  /** `[architecture, unit]` */
  readonly counts: Matrix;
  readonly embedding: EmbeddingInputs;
}

/** Computes everything that the methods need, for architectures as named in their dataset. */
export async function transferRows(
  basis: Basis,
  shared: SharedPredictor,
  architectures: readonly Architecture[],
): Promise<TransferRows> {
  const executed = asExecuted(basis.space, basis.deadOperations, architectures);
  return {
    basis,
    shared,
    executed,
    columns: await basis.columns(architectures),
    counts: operationCounts(basis.space, executed),
    embedding: await embeddingInputs(shared, executed),
  };
}

/** What to learn from and what to predict, as positions in the rows. */
export interface TransferTask {
  readonly rows: TransferRows;
  readonly train: readonly number[];
  /** `[train]` */
  readonly values: Float64Array;
  readonly test: readonly number[];
  readonly seed: number;
}

export interface TransferResult {
  /** `[test]`, in the metric's unit. */
  readonly predicted: Float64Array;
  /** `[train]`, in the metric's unit: each sample predicted from others; absent for methods that train a network. */
  readonly heldOut?: Float64Array;
  /**
   * Expected deviation of measurements relative to the predictions: `[test]`, and `[train]` predicted from
   * others. Methods that cannot tell assume the same deviation everywhere.
   */
  readonly deviation?: { readonly test: Float64Array; readonly heldOut: Float64Array };
  readonly adaptSeconds: number;
}

/** A way to learn a new device. */
export interface TransferMethod {
  readonly name: string;
  readonly description: string;
  run(task: TransferTask): Promise<TransferResult>;
}

/** Smallest latency that a linear model may predict; below, it has left its range. */
const LEAST = 0.05;

/** Ridge regression on columns of the rows, in milliseconds and by relative error. */
export function linearMethod(
  name: string,
  description: string,
  x: (rows: TransferRows) => Matrix,
): TransferMethod {
  return {
    name,
    description,
    async run({ rows, train, values, test }) {
      const started = performance.now();
      const fit = ridge(x(rows).subMatrixRow([...train]), values, relativeWeights(values));
      const adaptSeconds = (performance.now() - started) / 1000;
      const floor = LEAST * Math.min(...values);
      const bounded = (ms: Float64Array) => ms.map((value) => Math.max(floor, value));
      return {
        predicted: bounded(fit.predict(x(rows).subMatrixRow([...test]))),
        heldOut: bounded(fit.leaveOneOut),
        adaptSeconds,
      };
    },
  };
}

async function runOnnx(onnx: Uint8Array, { rows, test }: TransferTask): Promise<Float64Array> {
  // The rows are already as executed, so nothing is left to prune.
  const predictor = await OnnxPredictor.create(onnx, gcnKind, rows.basis.space, 'timed', { threads: 1 });
  try {
    return await predictor.predict(test.map((i) => rows.executed[i]));
  } finally {
    await predictor.release();
  }
}

const samplesOf = ({ rows, train, values }: TransferTask): Samples => ({
  architectures: train.map((i) => rows.executed[i]),
  metric: LATENCY,
  values,
});

/** All methods, the simplest first; the last is the default. */
export const transferMethods: readonly TransferMethod[] = [
  linearMethod('counts', 'linear in operation counts, from the samples alone', (rows) => rows.counts),
  {
    name: 'scratch',
    description: 'gcn trained on the samples alone',
    async run(task) {
      const started = performance.now();
      const { onnx } = await gcnKind.fit({
        space: task.rows.basis.space,
        deadOperations: task.rows.basis.deadOperations,
        train: samplesOf(task),
        valid: { architectures: [], metric: LATENCY, values: new Float64Array(0) },
        seed: task.seed,
        options: { threads: 1 },
      });
      const adaptSeconds = (performance.now() - started) / 1000;
      return { predicted: await runOnnx(onnx, task), adaptSeconds };
    },
  },
  linearMethod('linear', "ridge on the source devices' predictions", ({ columns, basis }) =>
    columns.subMatrix(0, columns.rows - 1, 0, basis.sources.length - 1),
  ),
  {
    name: 'embedding',
    description: "an embedding for the sources' network",
    async run({ rows, train, values, test }) {
      const { model } = rows.shared;
      const started = performance.now();
      const own = selectInputs(rows.embedding, train);
      const embedding = fitEmbedding(model, own, values);
      const adaptSeconds = (performance.now() - started) / 1000;
      const heldOut = values.map((_, i) => {
        const others = [...train.keys()].filter((j) => j !== i);
        const left = fitEmbedding(
          model,
          selectInputs(own, others),
          values.filter((_, j) => j !== i),
        );
        return applyEmbedding(model, selectInputs(own, [i]), left)[0];
      });
      const predicted = applyEmbedding(model, selectInputs(rows.embedding, test), embedding);
      return { predicted, heldOut, adaptSeconds };
    },
  },
  {
    name: 'fine-tune',
    description: "the sources' network, trained on with the samples",
    async run(task) {
      const { rows, train, values, seed } = task;
      const { model } = rows.shared;
      const started = performance.now();
      const embedding = fitEmbedding(model, selectInputs(rows.embedding, train), values);
      const onnx = await fineTune(model, embedding, samplesOf(task), seed);
      const adaptSeconds = (performance.now() - started) / 1000;
      return { predicted: await runOnnx(onnx, task), adaptSeconds };
    },
  },
  {
    name: 'combined',
    description: 'source predictions, operation counts, paths and traffic, weighed by their evidence',
    async run({ rows: { basis, columns }, train, values, test }) {
      const started = performance.now();
      const adapted = adapt(basis, columns.subMatrixRow([...train]), values);
      const adaptSeconds = (performance.now() - started) / 1000;
      const asked = columns.subMatrixRow([...test]);
      const predicted = applyLinear(adapted, asked);
      const heldOut = adapted.heldOut();
      const deviation = {
        test: relativeDeviation(adapted.uncertainty(), basis.means, asked, predicted),
        heldOut: heldOut.deviation,
      };
      return { predicted, heldOut: heldOut.predicted, deviation, adaptSeconds };
    },
  },
];
