import type { Matrix } from 'ml-matrix';
import { tf } from '../../nn/engines/tfjs.js';
import type { ModelParameter } from '../../nn/inference-model.js';
import type { Basis } from './basis.js';
import { pathReadings } from './paths.js';
import { namedParameters, type SharedModel } from './shared-predictor.js';

/** A device's weights on the basis, applied by tfjs code. */
export interface WeighedReadings {
  readonly parameters: readonly ModelParameter[];
  /**
   * @param readings of the basis
   * @returns `[batch, rank]`
   */
  apply(p: tf.NamedTensorMap, readings: readonly tf.Tensor[]): tf.Tensor;
}

/** The basis of encoded architectures in tfjs code. */
export interface BasisReadings {
  readonly parameters: readonly ModelParameter[];
  /**
   * @returns `[batch, …]` for each group of columns: sources in the metric's unit, feature products, paths,
   *   products by traffic
   */
  read(p: tf.NamedTensorMap, x: tf.NamedTensorMap): tf.Tensor[];
  /**
   * @param name of the weights in the model
   * @param weights `[column, rank]`
   */
  weigh(name: string, weights: Matrix): WeighedReadings;
}

/** A group of columns, and where its weights belong among the values read for it. */
interface Group {
  /** Number of values read. */
  readonly size: number;
  /** `[column]`: which of the values a column is, and the factor of its weight. */
  readonly columns: readonly { readonly at: number; readonly factor: number }[];
  read(p: tf.NamedTensorMap, x: tf.NamedTensorMap): tf.Tensor;
}

export function basisReadings(model: SharedModel, basis: Basis): BasisReadings {
  const { features } = basis.space.graph;
  const width = features.length;
  const sources = sourceReadings(model, basis);
  const paths = pathReadings(basis.space.graph, basis.paths);
  const pairs = (columns: Basis['products'], read: Group['read']): Group => ({
    size: width * width,
    columns: columns.map(([a, b]) => ({ at: a * width + b, factor: 1 })),
    read,
  });
  /** Σ weight·features·featuresᵀ over the nodes. */
  const products = (x: tf.NamedTensorMap, weighed: tf.Tensor) => {
    const batch = x.features.shape[0];
    return tf.reshape(tf.matMul(tf.transpose(x.features, [0, 2, 1]), weighed), [batch, width * width]);
  };
  const groups: Group[] = [
    {
      size: basis.sources.length,
      // Columns are relative to the source's mean, readings are in milliseconds.
      columns: Array.from(basis.sourceMeans, (mean, at) => ({ at, factor: 1 / mean })),
      read: (p, x) => sources.read(p, x),
    },
    pairs(basis.products, (_, x) => products(x, x.features)),
    {
      size: basis.paths.length,
      columns: basis.paths.map((_, at) => ({ at, factor: 1 })),
      read: (p, x) => paths.read(p, x),
    },
    pairs(basis.traffic, (_, x) => products(x, tf.mul(x.features, tf.expandDims(x.traffic, 2)))),
  ];
  const used = groups.filter(({ columns }) => columns.length > 0);
  return {
    parameters: [...sources.parameters, ...(basis.paths.length > 0 ? paths.parameters : [])],
    read: (p, x) => used.map((group) => group.read(p, x)),
    weigh(name, weights) {
      const rank = weights.columns;
      let column = 0;
      const parameters = used.map(({ size, columns }, g): ModelParameter => {
        const values = new Float32Array(size * rank);
        for (const { at, factor } of columns) {
          values.set(
            weights.getRow(column++).map((weight) => weight * factor),
            at * rank,
          );
        }
        return { name: `${name}/${g}`, shape: [size, rank], values };
      });
      return {
        parameters,
        apply: (p, readings) => tf.addN(readings.map((own, g) => tf.matMul(own, p[`${name}/${g}`]))),
      };
    },
  };
}

/** The predictions of the sources' network for a device's architectures. */
function sourceReadings(
  model: SharedModel,
  { deadOperations }: Basis,
): {
  readonly parameters: readonly ModelParameter[];
  /** @returns `[batch, source]`, in the metric's unit */
  read(p: tf.NamedTensorMap, x: tf.NamedTensorMap): tf.Tensor;
} {
  const sources = model.sources.length;
  const mixes = deadOperations === 'timed' && model.sources.some((s) => s.deadOperations === 'pruned');
  return {
    parameters: [
      ...namedParameters(model).map(({ name, shape, values }) => ({ name: `shared/${name}`, shape, values })),
      { name: 'sources/log_mean', shape: [1, sources], values: Float32Array.from(model.logMeans) },
      {
        name: 'sources/prunes',
        shape: [1, sources],
        values: Float32Array.from(model.sources, (s) => Number(s.deadOperations === 'pruned')),
      },
    ],
    read(p, x) {
      const shared = Object.fromEntries(
        model.network.parameters.map(({ name }) => [name, p[`shared/${name}`]]),
      );
      const sourceValues = (features: tf.Tensor, adjacency: tf.Tensor) => {
        const { latencies } = model.network.read(shared, { features, adjacency });
        return tf.exp(tf.add(tf.mul(latencies, model.logStd), p['sources/log_mean']));
      };
      const ms = sourceValues(x.features, x.adjacency);
      if (!mixes) return ms;
      const pruned = sourceValues(x.pruned_features, x.pruned_adjacency);
      return tf.add(ms, tf.mul(tf.sub(pruned, ms), p['sources/prunes']));
    },
  };
}
