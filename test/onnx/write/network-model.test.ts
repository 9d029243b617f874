import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../../src/base/errors.js';
import { Random } from '../../../src/base/random.js';
import { totalCost } from '../../../src/network/cost.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import {
  type Conv2d,
  conv2d,
  ELEMENTWISE_KINDS,
  type Elementwise,
  type Operator,
  type OperatorKind,
  type Shape,
} from '../../../src/network/operator.js';
import { withoutZeros } from '../../../src/network/zeros.js';
import { decodeModel } from '../../../src/onnx/proto.js';
import { networkModel } from '../../../src/onnx/write/network-model.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { spaces } from '../../../src/spaces/registry.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { counted, feedsFor, session } from './counted.js';

/** Operators of a kind, each with the shapes it reads. */
type Cases = readonly (readonly [Operator, ...Shape[]])[];

const IMAGE: Shape = [6, 9, 11];
const CONV: Conv2d = {
  kind: 'conv2d',
  outChannels: 4,
  kernel: [3, 5],
  stride: [2, 1],
  padding: [1, 0, 2, 3],
  dilation: [2, 1],
  groups: 2,
  bias: true,
};

const elementwise = Object.fromEntries(
  ELEMENTWISE_KINDS.map((kind) => [kind, [[{ kind }, IMAGE]]]),
) as unknown as Record<Elementwise['kind'], Cases>;

/** By kind, so that the compiler asks for the cases of a new one. */
const OPERATORS: Record<Exclude<OperatorKind, 'input' | 'output' | 'other'>, Cases> = {
  ...elementwise,
  parameter: [[{ kind: 'parameter', shape: [2, 3] }]],
  conv2d: [
    [CONV, IMAGE],
    [conv2d(6, 3, { groups: 6, stride: 2 }), IMAGE],
  ],
  convTranspose2d: [
    [{ ...CONV, kind: 'convTranspose2d', outputPadding: [1, 0] }, IMAGE],
    [{ ...CONV, kind: 'convTranspose2d', outputPadding: [0, 0], bias: false, padding: [0, 0, 0, 0] }, IMAGE],
  ],
  linear: [
    [{ kind: 'linear', outFeatures: 3, bias: true }, [7]],
    [{ kind: 'linear', outFeatures: 3, bias: false }, [7]],
    [{ kind: 'linear', outFeatures: 3, bias: true }, [2, 5, 7]],
  ],
  batchNorm: [
    [{ kind: 'batchNorm' }, IMAGE],
    [{ kind: 'batchNorm' }, [4]],
  ],
  groupNorm: [
    [{ kind: 'groupNorm', groups: 3 }, IMAGE],
    [{ kind: 'groupNorm', groups: 2 }, [8]],
  ],
  layerNorm: [
    [{ kind: 'layerNorm', dimensions: 1 }, [5, 8]],
    [{ kind: 'layerNorm', dimensions: 3 }, IMAGE],
  ],
  rmsNorm: [[{ kind: 'rmsNorm', dimensions: 2 }, [4, 5, 8]]],
  softmax: [[{ kind: 'softmax', axis: 1 }, [4, 5]]],
  maxPool: [
    [{ kind: 'maxPool', kernel: [3, 2], stride: [2, 3], padding: [1, 0, 1, 1], ceil: false }, IMAGE],
    [{ kind: 'maxPool', kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: true }, IMAGE],
  ],
  avgPool: [
    [{ kind: 'avgPool', kernel: [3, 2], stride: [2, 3], padding: [1, 0, 1, 1], ceil: false }, IMAGE],
    [{ kind: 'avgPool', kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], ceil: true }, IMAGE],
  ],
  globalAvgPool: [[{ kind: 'globalAvgPool' }, IMAGE]],
  globalMaxPool: [[{ kind: 'globalMaxPool' }, IMAGE]],
  reduceMean: [
    [{ kind: 'reduceMean', axes: [0, 2], keepDimensions: true }, IMAGE],
    [{ kind: 'reduceMean', axes: [], keepDimensions: false }, IMAGE],
  ],
  reduceSum: [[{ kind: 'reduceSum', axes: [1], keepDimensions: false }, IMAGE]],
  reduceMax: [[{ kind: 'reduceMax', axes: [0, 1, 2], keepDimensions: false }, IMAGE]],
  add: [
    [{ kind: 'add' }, IMAGE, IMAGE, IMAGE],
    [{ kind: 'add' }, IMAGE, [11], [9, 1]],
  ],
  mul: [[{ kind: 'mul' }, [6, 1, 1], IMAGE]],
  subtract: [[{ kind: 'subtract' }, [11], IMAGE]],
  divide: [[{ kind: 'divide' }, IMAGE, IMAGE]],
  power: [[{ kind: 'power' }, IMAGE, [1]]],
  maximum: [[{ kind: 'maximum' }, IMAGE, IMAGE, [11]]],
  minimum: [[{ kind: 'minimum' }, IMAGE, IMAGE]],
  matmul: [
    [{ kind: 'matmul' }, [4, 5], [5, 3]],
    [{ kind: 'matmul' }, [2, 4, 5], [5, 3]],
  ],
  concat: [[{ kind: 'concat', axis: 0 }, IMAGE, [2, 9, 11], IMAGE]],
  slice: [[{ kind: 'slice', axis: 1, start: 2, end: 8 }, IMAGE]],
  embedding: [[{ kind: 'embedding', vocabulary: 10, features: 4 }, [5]]],
  reshape: [[{ kind: 'reshape', shape: [11, 54] }, IMAGE]],
  transpose: [[{ kind: 'transpose', permutation: [2, 0, 1] }, IMAGE]],
  pad: [[{ kind: 'pad', padding: [1, 2, 3, 4] }, IMAGE]],
  resize: [[{ kind: 'resize', size: [4, 30] }, IMAGE]],
  flatten: [[{ kind: 'flatten' }, IMAGE]],
  identity: [[{ kind: 'identity' }, IMAGE]],
  zeroize: [[{ kind: 'zeroize' }, IMAGE]],
};

function networkOf(operator: Operator, shapes: readonly Shape[]): OperatorGraph {
  const graph = new OperatorGraph();
  const inputs = shapes.map((shape) => graph.input(shape));
  if (operator.kind !== 'parameter') {
    graph.output(graph.add(operator, inputs, 'it'), 'y');
    return graph;
  }
  const it = graph.add(operator, [], 'it');
  const image = graph.input(operator.shape);
  graph.output(graph.add({ kind: 'concat', axis: 0 }, [it, image]), 'y');
  return graph;
}

/** Runs a network of one output, and holds its shape against the graph's. */
async function runs(graph: OperatorGraph, batch: number | 'dynamic'): Promise<Float32Array> {
  const running = await session(networkModel(graph, { batch, seed: 1 }));
  const whole = batch === 'dynamic' ? 2 : batch;
  const results = await running.run(feedsFor(running, whole));
  await running.release();
  const output = graph.names().find((name) => graph.operator(name).kind === 'output') as string;
  assert.deepEqual(results[output].dims, [whole, ...graph.shape(output)], JSON.stringify(graph.nodes()));
  return results[output].data as Float32Array;
}

for (const [kind, cases] of Object.entries(OPERATORS)) {
  test(`${kind}: runs in onnxruntime with the shape, MACs and parameters that src/network infers`, async () => {
    for (const [operator, ...shapes] of cases) {
      const graph = networkOf(operator, shapes);
      for (const batch of [1, 3, 'dynamic'] as const) await runs(graph, batch);
      const { macs, parameters } = totalCost(graph);
      assert.deepEqual(await counted(networkModel(graph, { batch: 1, seed: 1 })), { macs, parameters });
    }
  });
}

const pair = (least: number, most: number) =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));

test('any convolution or pooling that shape inference lets through runs with the shape it gives', async () => {
  const windows = fc.record({
    kind: fc.constantFrom(
      'conv2d' as const,
      'convTranspose2d' as const,
      'maxPool' as const,
      'avgPool' as const,
    ),
    size: pair(1, 12),
    kernel: pair(1, 4),
    stride: pair(1, 3),
    padding: fc.tuple(pair(0, 2), pair(0, 2)),
    dilation: pair(1, 2),
    groups: fc.constantFrom(1, 2, 4),
    ceil: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(windows, async ({ kind, size, kernel, stride, padding, dilation, groups, ceil }) => {
      // Runtimes refuse pooling windows that may lie in the padding alone.
      const [before, after] = padding.map((ends) => ends.map((p, i) => Math.min(p, kernel[i] - 1)));
      const sides = [before[0], before[1], after[0], after[1]] as const;
      const window = { kernel, stride, padding: sides };
      const convolution = { ...window, outChannels: 8, dilation, groups, bias: false };
      const operator: Operator =
        kind === 'conv2d'
          ? { kind, ...convolution }
          : kind === 'convTranspose2d'
            ? { kind, ...convolution, outputPadding: [stride[0] - 1, stride[1] - 1] as const }
            : { kind, ...window, ceil };
      let graph: OperatorGraph;
      try {
        graph = networkOf(operator, [[4, ...size]]);
      } catch (error) {
        if (error instanceof InputError) return fc.pre(false);
        throw error;
      }
      await runs(graph, 1);
    }),
    { numRuns: 150, seed: 1 },
  );
});

test('activations that are several nodes compute their published formulas', async () => {
  const x = feedsFor(
    await session(networkModel(networkOf({ kind: 'relu' }, [IMAGE]), { batch: 1, seed: 1 })),
    1,
  );
  const values = Object.values(x)[0].data as Float32Array;
  const formulas: Partial<Record<Elementwise['kind'], (x: number) => number>> = {
    swish: (v) => v / (1 + Math.exp(-v)),
    mish: (v) => v * Math.tanh(Math.log1p(Math.exp(v))),
    hardSigmoid: (v) => Math.min(1, Math.max(0, v / 6 + 0.5)),
    hardSwish: (v) => (v * Math.min(6, Math.max(0, v + 3))) / 6,
    relu6: (v) => Math.min(6, Math.max(0, v)),
    // Φ(0.1) = 0.539828, Φ(0.7) = 0.758036, from tables of the normal distribution.
    gelu: (v) => v * ({ 0.1: 0.539828, 0.7: 0.758036 }[v.toFixed(1)] ?? Number.NaN),
  };
  for (const [kind, formula] of Object.entries(formulas)) {
    const y = await runs(networkOf({ kind } as Operator, [IMAGE]), 1);
    values.forEach((value, i) => {
      const expected = formula(value);
      if (!Number.isNaN(expected)) assert.ok(Math.abs(y[i] - expected) < 1e-5, `${kind}(${value}) = ${y[i]}`);
    });
  }
});

for (const space of spaces) {
  const count = space === nasbench201 ? 12 : 3;
  test(`${space.name}: random networks run, stay finite, and their files hold the MACs and parameters of src/network`, async () => {
    const random = new Random(1);
    for (let i = 0; i < count; i++) {
      const graph = space.toNetwork(space.sample(random));
      const logits = await runs(graph, i % 3 === 0 ? 'dynamic' : 1);
      assert.ok(logits.every(Number.isFinite));
      const { macs, parameters } = totalCost(graph);
      // A file does not say which of its constants are tables, of rotations for example, that nobody learned.
      const inFile = { macs, parameters: parameters + tableElements(graph) };
      assert.deepEqual(await counted(networkModel(graph, { batch: 1, seed: i })), inFile);
    }
  });
}

/** Numbers of constants that were not learned. */
function tableElements(graph: OperatorGraph): number {
  let count = 0;
  for (const { operator } of graph.nodes()) {
    if (operator.kind !== 'parameter' || operator.learned === undefined) continue;
    count += operator.shape.reduce((size, dimension) => size * dimension, 1) - operator.learned;
  }
  return count;
}

test('weights that fit in no file are refused before they are made', () => {
  const graph = new OperatorGraph();
  const image = graph.input([3, 8, 8], 'image');
  const conv = {
    ...CONV,
    outChannels: 1_000_000_000,
    kernel: [1, 1],
    groups: 1,
    bias: false,
  } satisfies Conv2d;
  graph.output(graph.add(conv, [image], 'conv'), 'output');
  assert.throws(
    () => networkModel(graph, { batch: 1, seed: 1 }),
    /its weights take 12.0 GB; .* at most 2 GiB/,
  );
});

test('weights follow the seed', () => {
  const graph = nasbench201.toNetwork(nasbench201.parse(nasbench201.example));
  const model = (seed: number) => networkModel(graph, { batch: 1, seed });
  assert.deepEqual(model(1), model(1));
  assert.notDeepEqual(model(1), model(2));
});

test("onnxruntime's optimisations leave the work of dead operations in, where a network has them", async () => {
  // All three operations that do not lead to the output read the input; the output is a sum with zeros.
  const cell = nasbench201.parse('|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|none~1|none~2|');
  const graph = nasbench201.toNetwork(cell);
  const optimised = join(temporaryFolder(), 'optimised.onnx');
  const running = await session(networkModel(graph, { batch: 1, seed: 1 }), {
    graphOptimizationLevel: 'extended',
    optimizedModelFilePath: optimised,
  });
  await running.release();
  const left = decodeModel(await readFile(optimised)).graph.node;
  const convolutions = (of: OperatorGraph) =>
    of.names().filter((name) => of.operator(name).kind === 'conv2d').length;
  const run = left.filter(({ opType }) => opType === 'Conv' || opType === 'FusedConv').length;
  assert.equal(run, convolutions(graph));
  assert.equal(run, 1 + 2 * 3 + 15 * 2);

  const pruned = withoutZeros(nasbench201.toNetwork(nasbench201.prune(cell)));
  assert.equal(convolutions(pruned), 1 + 2 * 3);
});
