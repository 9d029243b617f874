import { type Static, Type } from '#typebox';
import type { Attribute } from '../onnx/read/tensor-graph.js';
import type { RuntimeNode } from '../runtimes/runtime-node.js';

const RuntimeTensor = Type.Object({
  type: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 0 })),
  constant: Type.Boolean(),
});

/** A node as executed by the runtime, with its time according to the profiler, including the profiler's own cost. */
export const NodeProfile = Type.Object({
  us: Type.Number({ minimum: 0 }),
  operator: Type.String(),
  domain: Type.String(),
  attributes: Type.Record(
    Type.String(),
    Type.Union([Type.Number(), Type.String(), Type.Array(Type.Number()), Type.Array(Type.String())]),
  ),
  /** By position; null for an optional input that is left out. */
  inputs: Type.Array(Type.Union([RuntimeTensor, Type.Null()])),
  outputs: Type.Array(RuntimeTensor),
});
export type NodeProfile = Static<typeof NodeProfile>;

/** A network's nodes in the order in which the runtime executed them. */
export const NetworkProfile = Type.Object({ nodes: Type.Array(NodeProfile, { minItems: 1 }) });
export type NetworkProfile = Static<typeof NetworkProfile>;

/** A node and its time in microseconds, as kept in a journal. */
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

/** A profile's node in the form from which runtime kernels are described. */
export function runtimeNode({ operator, domain, attributes, inputs, outputs }: NodeProfile): RuntimeNode {
  return {
    operator,
    domain,
    attributes: new Map<string, Attribute>(Object.entries(attributes)),
    inputs: inputs.map((tensor) => tensor ?? undefined),
    outputs,
  };
}
