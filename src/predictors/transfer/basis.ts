import { Matrix } from 'ml-matrix';
import { Random } from '../../base/random.js';
import { asExecuted } from '../../spaces/executed.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import { longestPaths, pathsOf } from './paths.js';
import type { SharedPredictor } from './shared-predictor.js';

/** Number of architectures over which columns are centred and scaled. */
const REFERENCE = 1000;
const REFERENCE_SEED = 20_201;

/**
 * The terms whose weighted sum is a new device's latency, for each architecture:
 *
 * - every source device's predicted latency, relative to that device's mean;
 * - the pairwise products of node features, summed over the nodes: how often an operation occurs, occurs
 *   where it leads to the output, occurs at a place, … Any table of times per node that is linear in products
 *   of two features is a weighted sum of these;
 * - the longest paths of the graph, for a device that runs branches in parallel;
 * - the products of node features multiplied by the nodes' memory traffic, if the space provides it: a
 *   layer's time is a rate, which depends on the layer, times an amount, and amounts differ by a factor of a
 *   hundred.
 */
export interface Basis {
  readonly space: SearchSpace;
  readonly deadOperations: DeadOperations;
  /** Source devices in column order. */
  readonly sources: readonly { readonly device: string; readonly deadOperations: DeadOperations }[];
  /** Mean latency of every source over the reference architectures in ms. */
  readonly sourceMeans: Float64Array;
  /** The products of varying features, in column order after the sources. */
  readonly products: readonly (readonly [a: number, b: number])[];
  /** Features counted on the longest path, in column order after the products; none if nothing branches. */
  readonly paths: readonly (readonly number[])[];
  /** The products of features weighted by traffic, in column order after the paths. */
  readonly traffic: readonly (readonly [a: number, b: number])[];
  /** `[column]`, over the reference architectures. */
  readonly means: Float64Array;
  /** Variance of each column over the reference architectures. */
  readonly variances: Float64Array;
  /** @returns `[architecture, column]`, for architectures as named in the dataset */
  columns(architectures: readonly Architecture[]): Promise<Matrix>;
}

/**
 * Creates the basis for a device that either runs dead operations, or had them pruned.
 *
 * @param shared the sources' network; without one, the basis consists only of the products
 */
export async function createBasis(
  space: SearchSpace,
  deadOperations: DeadOperations,
  shared?: SharedPredictor,
): Promise<Basis> {
  const sources = shared?.model.sources ?? [];
  const random = new Random(REFERENCE_SEED);
  const reference: Architecture[] = [];
  while (reference.length < REFERENCE) {
    const architecture = space.sample(random);
    if (space.isConnected(architecture)) reference.push(architecture);
  }
  const features = space.graph.features.length;
  const everyProduct = Array.from({ length: features }, (_, a) =>
    Array.from({ length: features - a }, (_, b) => [a, a + b] as const),
  ).flat();
  const executed = (a: readonly Architecture[]) => asExecuted(space, deadOperations, a);
  const varying = (weigh: NodeWeights) => {
    const { variances } = statistics(productSums(space, executed(reference), everyProduct, weigh));
    return everyProduct.filter((_, i) => variances[i] > 1e-9);
  };
  const products = varying(evenly);
  const trafficOf: NodeWeights = (architecture, weights) => space.encodeTraffic?.(architecture, weights, 0);
  const traffic = space.encodeTraffic ? varying(trafficOf) : [];
  const paths = pathsOf(space, executed(reference), products);

  const latencies = async (architectures: readonly Architecture[]): Promise<Matrix> => {
    const ms = new Matrix(architectures.length, sources.length);
    if (!shared) return ms;
    const own = (await shared.read(executed(architectures))).predicted;
    // A source with pruned networks has never run dead operations, so it predicts the network without them.
    const prunes = deadOperations === 'timed' && sources.some((s) => s.deadOperations === 'pruned');
    const pruned = prunes ? (await shared.read(architectures.map((a) => space.prune(a)))).predicted : own;
    for (let i = 0; i < architectures.length; i++) {
      sources.forEach((source, s) => {
        const from = source.deadOperations === 'pruned' ? pruned : own;
        ms.set(i, s, from[i * sources.length + s]);
      });
    }
    return ms;
  };
  const sourceMeans = statistics(await latencies(reference)).means;
  const columns = async (architectures: readonly Architecture[]): Promise<Matrix> => {
    const relative = (await latencies(architectures)).divRowVector(Array.from(sourceMeans));
    const run = executed(architectures);
    const groups = [
      relative,
      productSums(space, run, products, evenly),
      longestPaths(space, run, paths),
      productSums(space, run, traffic, trafficOf),
    ];
    const all = new Matrix(
      architectures.length,
      groups.reduce((sum, group) => sum + group.columns, 0),
    );
    let first = 0;
    for (const group of groups.filter(({ columns }) => columns > 0)) {
      all.setSubMatrix(group, 0, first);
      first += group.columns;
    }
    return all;
  };
  return {
    space,
    deadOperations,
    sources,
    sourceMeans,
    products,
    paths,
    traffic,
    ...statistics(await columns(reference)),
    columns,
  };
}

/** Writes the weight of each node, `[node]`, into an array of zeros. */
type NodeWeights = (architecture: Architecture, weights: Float32Array) => void;

const evenly: NodeWeights = (_, weights) => weights.fill(1);

/** Weighted sums over the nodes of products of two features, `[architecture, product]`. */
function productSums(
  space: SearchSpace,
  architectures: readonly Architecture[],
  products: readonly (readonly [number, number])[],
  weigh: NodeWeights,
): Matrix {
  const { nodes, features } = space.graph;
  const width = features.length;
  const sums = new Matrix(architectures.length, products.length);
  const x = new Float32Array(nodes * width);
  const adjacency = new Float32Array(nodes * nodes);
  const weights = new Float32Array(nodes);
  architectures.forEach((architecture, i) => {
    x.fill(0);
    weights.fill(0);
    weigh(architecture, weights);
    adjacency.fill(0);
    space.encode(architecture, x, adjacency, 0);
    products.forEach(([a, b], column) => {
      let sum = 0;
      for (let node = 0; node < nodes; node++) {
        sum += weights[node] * x[node * width + a] * x[node * width + b];
      }
      sums.set(i, column, sum);
    });
  });
  return sums;
}

function statistics(values: Matrix): { means: Float64Array; variances: Float64Array } {
  const means = Float64Array.from(values.columns > 0 ? values.mean('column') : []);
  const variances = Float64Array.from(means, (mean, column) => {
    let sum = 0;
    for (let i = 0; i < values.rows; i++) sum += (values.get(i, column) - mean) ** 2;
    return sum / values.rows;
  });
  return { means, variances };
}
