import { type Static, Type } from '#typebox';
import { InputError, quote } from '../base/errors.js';
import { readTensorGraph } from '../onnx/read/read-tensor-graph.js';
import type { TensorGraph, TensorNode } from '../onnx/read/tensor-graph.js';
import { executedNodes } from '../runtimes/index.js';
import { type NetworkProfile, nodeProfile } from './network-profile.js';

/** A node of the ONNX file by name, and its time on the board in microseconds. */
export const RunnerNode = Type.Object({ name: Type.String(), us: Type.Number({ minimum: 0 }) });
export type RunnerNode = Static<typeof RunnerNode>;

/**
 * Converts a board's times of a file's nodes into times of the kernels that any compiler makes of the file.
 * The time of an operator that is part of a kernel, such as the convolution before an activation, counts as
 * the kernel's.
 *
 * @throws InputError that names a node that the file does not have
 */
export async function profileOfFile(
  model: Uint8Array,
  times: readonly RunnerNode[],
): Promise<NetworkProfile> {
  const graph = await readTensorGraph(model);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const kernels = new Map(
    executedNodes(graph, { runtime: 'none', level: 'all' }).map(({ name, node }) => [name, node]),
  );
  const timed = new Map<string, number>();
  for (const { name, us } of times) {
    const node = byName.get(name);
    if (!node) {
      throw new InputError(`the runner names node ${quote(name)}, which the file does not have`);
    }
    const kernel = kernelWith(graph, node, (of) => kernels.has(of));
    if (kernel !== undefined) timed.set(kernel, (timed.get(kernel) ?? 0) + us);
  }
  const nodes = [...timed].map(([name, us]) => nodeProfile(kernels.get(name)!, us));
  if (nodes.length > 0) return { nodes };
  throw new InputError('the runner names no node that has a kernel of its own');
}

/** The name of the kernel that a node belongs to: its own, or that of the nodes that read it. */
function kernelWith(
  graph: TensorGraph,
  node: TensorNode,
  isKernel: (name: string) => boolean,
): string | undefined {
  let of: TensorNode | undefined = node;
  while (of && !isKernel(of.name)) {
    const [output]: readonly string[] = of.outputs;
    of = graph.nodes.find(({ inputs }) => inputs.includes(output));
  }
  return of?.name;
}
