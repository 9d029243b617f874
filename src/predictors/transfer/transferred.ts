import { inferenceModel, type ModelParameter } from '../../nn/inference-model.js';
import { tf } from '../../nn/tfjs.js';
import { version } from '../../version.js';
import { type Encoding, graphEncoding } from '../encoding.js';
import type { LinearLatency } from './adapt.js';
import type { Basis } from './basis.js';
import { pathReadings } from './paths.js';
import { parametersOf, type SharedModel } from './shared-predictor.js';

/** The graph as the device runs it, and the same without its dead operations. */
const twoGraphs: Encoding = {
  inputs: (space) => [
    ...graphEncoding.inputs(space),
    ...graphEncoding.inputs(space).map(({ name, shape }) => ({ name: `pruned_${name}`, shape })),
  ],
  encode(space, architectures) {
    const pruned = graphEncoding.encode(
      space,
      architectures.map((a) => space.prune(a)),
    );
    return {
      ...graphEncoding.encode(space, architectures),
      ...Object.fromEntries(Object.entries(pruned).map(([name, values]) => [`pruned_${name}`, values])),
    };
  },
};

/** `transfer`: a device learned from few samples and the devices known before. It has no fit of its own. */
export const transferKind = {
  name: 'transfer',
  description: 'source devices and operation counts, weighed by a few samples',
  encoding: twoGraphs,
  intervalEncoding: twoGraphs,
} as const;

/** What the sources' network says of a device's architectures, to be read by tfjs code. */
export interface SourceReadings {
  readonly parameters: readonly ModelParameter[];
  /** @returns `[batch, source]`, ms */
  read(p: tf.NamedTensorMap, x: tf.NamedTensorMap): tf.Tensor;
}

export function sourceReadings(model: SharedModel, { deadOperations }: Basis): SourceReadings {
  const sources = model.sources.length;
  const mixes = deadOperations === 'timed' && model.sources.some((s) => s.deadOperations === 'pruned');
  return {
    parameters: [
      ...parametersOf(model).map(({ name, shape, values }) => ({ name: `shared/${name}`, shape, values })),
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
      const sourcesMs = (features: tf.Tensor, adjacency: tf.Tensor) => {
        const { latencies } = model.network.read(shared, { features, adjacency });
        return tf.exp(tf.add(tf.mul(latencies, model.logStd), p['sources/log_mean']));
      };
      const ms = sourcesMs(x.features, x.adjacency);
      if (!mixes) return ms;
      const pruned = sourcesMs(x.pruned_features, x.pruned_adjacency);
      return tf.add(ms, tf.mul(tf.sub(pruned, ms), p['sources/prunes']));
    },
  };
}

/** The latency of a device that was learned by `adapt`, from its sources' latencies, feature products and paths. */
export function linearReadings(
  basis: Basis,
  { constantMs, weightsMs, floorMs }: LinearLatency,
): {
  readonly parameters: readonly ModelParameter[];
  /** @returns `[batch]`, ms */
  read(p: tf.NamedTensorMap, x: tf.NamedTensorMap, sourcesMs: tf.Tensor): tf.Tensor;
} {
  const sources = basis.sources.length;
  const features = basis.space.graph.features.length;
  const products = new Float32Array(features * features);
  basis.products.forEach(([a, b], i) => {
    products[a * features + b] = weightsMs[sources + i];
  });
  const paths = basis.paths.length > 0 ? pathReadings(basis.space.graph, basis.paths) : undefined;
  const byPath = Float32Array.from(weightsMs.subarray(sources + basis.products.length));
  // Sources answer in standardised logs; what is left of a weight after they are back in milliseconds.
  const weights = Float32Array.from({ length: sources }, (_, s) => weightsMs[s] / basis.sourceMeansMs[s]);
  return {
    parameters: [
      { name: 'sources/weight', shape: [sources, 1], values: weights },
      { name: 'products/weight', shape: [1, features, features], values: products },
      { name: 'constant', shape: [1], values: Float32Array.of(constantMs) },
      ...(paths
        ? [...paths.parameters, { name: 'paths/weight', shape: [byPath.length, 1], values: byPath }]
        : []),
    ],
    read(p, x, sourcesMs) {
      const [batch, nodes] = x.features.shape as [number, number];
      const rows = tf.reshape(x.features, [batch * nodes, features]);
      const weighed = tf.matMul(rows, tf.reshape(p['products/weight'], [features, features]));
      const own = tf.sum(tf.reshape(tf.mul(weighed, rows), [batch, nodes * features]), 1);
      const like = tf.reshape(tf.matMul(sourcesMs, p['sources/weight']), [-1]);
      const nodesAndSources = tf.add(tf.add(like, own), p.constant);
      if (!paths) return tf.maximum(nodesAndSources, floorMs);
      const along = tf.reshape(tf.matMul(paths.read(p, x), p['paths/weight']), [-1]);
      return tf.maximum(tf.add(nodesAndSources, along), floorMs);
    },
  };
}

/**
 * A device that was learned by `adapt`, as a `model.onnx`: the sources' network, the sums of feature products,
 * the longest paths, and the weights of all three.
 */
export function transferredModel(
  model: SharedModel,
  basis: Basis,
  learned: LinearLatency,
): Promise<Uint8Array> {
  const sources = sourceReadings(model, basis);
  const linear = linearReadings(basis, learned);
  return inferenceModel(
    twoGraphs.inputs(model.space),
    [...sources.parameters, ...linear.parameters],
    (p, x) => ({ latency_ms: linear.read(p, x, sources.read(p, x)) }),
    version,
  );
}
