import * as ort from '../../../src/base/onnxruntime.js';
import {
  DataType,
  decodeModel,
  encodeModel,
  type ModelProto,
  type NodeProto,
} from '../../../src/onnx/proto.js';

/** A session that says only what is wrong. */
export function session(model: Uint8Array, options: ort.InferenceSession.SessionOptions = {}) {
  return ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3, ...options });
}

/** Inputs that a session takes: small numbers, or token 1. */
export function feedsFor(running: ort.InferenceSession, batch: number): Record<string, ort.Tensor> {
  return Object.fromEntries(
    running.inputMetadata.map((input) => {
      if (!input.isTensor) throw new Error(`${input.name} is no tensor`);
      const dims = input.shape.map((d) => (typeof d === 'number' ? d : batch));
      const size = dims.reduce((product, d) => product * d, 1);
      const tensor =
        input.type === 'int64'
          ? new ort.Tensor('int64', new BigInt64Array(size).fill(1n), dims)
          : new ort.Tensor(
              'float32',
              Float32Array.from({ length: size }, (_, i) => 0.1 + (i % 7) / 10),
              dims,
            );
      return [input.name, tensor];
    }),
  );
}

/** Shapes that onnxruntime gives every float value of a model, with batch 1. */
async function shapesByRunning(model: ModelProto): Promise<Map<string, readonly number[]>> {
  const { graph } = model;
  const known = new Set(graph.output.map(({ name }) => name));
  const computed = graph.node
    .filter(({ opType }) => !['Shape', 'Concat', 'Slice'].includes(opType))
    .flatMap(({ output }) => output)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, type: { tensorType: { elemType: DataType.float, shape: undefined } } }));
  const output = [...graph.output, ...computed] as typeof graph.output;
  const running = await session(encodeModel({ ...model, graph: { ...graph, output } }), {
    graphOptimizationLevel: 'disabled',
  });
  const feeds = feedsFor(running, 1);
  const results = await running.run(feeds);
  await running.release();
  return new Map(Object.entries({ ...feeds, ...results }).map(([name, { dims }]) => [name, dims]));
}

const product = (dims: readonly number[]) => dims.reduce((size, d) => size * d, 1);

/** Node types that multiply and accumulate; runtimes rename those that they fuse. */
const CONVOLUTIONS = new Set(['Conv', 'FusedConv']);

/**
 * MACs and parameters of one run, from the file alone: initializers' sizes, the nodes that read them, and the shapes
 * that onnxruntime gives the values. Counting rules are those of `src/network/cost.ts`.
 */
export async function counted(bytes: Uint8Array): Promise<{ macs: number; parameters: number }> {
  const model = decodeModel(bytes);
  const { node: nodes, initializer } = model.graph;
  const learned = new Map(initializer.map(({ name, dims }) => [name as string, dims]));
  const shapes = await shapesByRunning(model);
  const parameters = initializer
    .filter(({ name }) => /\.(weight|bias|scale|shift|value)$/.test(name as string))
    .reduce((sum, { dims }) => sum + product(dims), 0);
  const products = new Set<string>();
  const macsOf = ({ opType, input, output }: NodeProto): number => {
    const written = () => product(shapes.get(output[0]) as number[]);
    const read = (i: number) => (learned.get(input[i]) ?? shapes.get(input[i])) as number[];
    if (CONVOLUTIONS.has(opType)) {
      const [, perGroup, height, width] = read(1);
      return written() * (perGroup * height * width + (input[2] ? 1 : 0));
    }
    if (opType === 'ConvTranspose') {
      const [, , height, width] = shapes.get(input[0]) as number[];
      return product(read(1)) * height * width + (input[2] ? written() : 0);
    }
    if (opType === 'Gemm') return written() * (read(1)[0] + (input[2] ? 1 : 0));
    if (opType === 'MatMul') {
      if (learned.has(input[1])) products.add(output[0]);
      return written() * (read(1).at(-2) as number);
    }
    return opType === 'Add' && products.has(input[0]) && input[1].endsWith('.bias') ? written() : 0;
  };
  return { macs: nodes.reduce((sum, node) => sum + macsOf(node), 0), parameters };
}
