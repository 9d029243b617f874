import { type Static, Type } from '#typebox';
import type { Attribute } from '../onnx/read/tensor-graph.js';
import type { RuntimeNode } from '../runtimes/runtime-node.js';

const RuntimeTensor = Type.Object({
  type: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 0 })),
  constant: Type.Boolean(),
});

/** A node as the runtime executed it, and what the profiler says it took, the profiler's own cost included. */
export const NodeProfile = Type.Object({
  us: Type.Number({ minimum: 0 }),
  operator: Type.String(),
  domain: Type.String(),
  attributes: Type.Record(
    Type.String(),
    Type.Union([Type.Number(), Type.String(), Type.Array(Type.Number()), Type.Array(Type.String())]),
  ),
  /** By position; null where an optional input is left out. */
  inputs: Type.Array(Type.Union([RuntimeTensor, Type.Null()])),
  outputs: Type.Array(RuntimeTensor),
});
export type NodeProfile = Static<typeof NodeProfile>;

/** A network's nodes in the order in which the runtime executed them. */
export const NetworkProfile = Type.Object({ nodes: Type.Array(NodeProfile, { minItems: 1 }) });
export type NetworkProfile = Static<typeof NetworkProfile>;

/** A node, and what it took, in microseconds, as a journal keeps them. */
export function nodeProfile(
  { operator, domain, attributes, inputs, outputs }: RuntimeNode,
  us: number,
): NodeProfile {
  return {
    us,
    operator,
    domain,
    attributes: Object.fromEntries(attributes) as NodeProfile['attributes'],
    inputs: inputs.map((tensor) => (tensor ? plain(tensor) : null)),
    outputs: outputs.map(plain),
  };
}

const plain = ({ type, shape, constant }: RuntimeNode['outputs'][number]) => ({
  type,
  shape: [...shape],
  constant,
});

/** The node of a profile as the runtime's kernels are described from. */
export function runtimeNode({ operator, domain, attributes, inputs, outputs }: NodeProfile): RuntimeNode {
  return {
    operator,
    domain,
    attributes: new Map<string, Attribute>(Object.entries(attributes)),
    inputs: inputs.map((tensor) => tensor ?? undefined),
    outputs,
  };
}
