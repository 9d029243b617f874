import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import { NodeFacts } from './operators/node-facts.js';
import { rowOf } from './operators/registry.js';
import type { Tensor, TensorGraph, TensorNode } from './tensor-graph.js';

/** The cost of a node of a tensor graph, for its full tensors. */
export interface NodeCost {
  /** Multiply-accumulates; a bias adds one per output element. */
  readonly macs: number;
  /** For each input, the learned values that no earlier node has counted; running statistics do not count. */
  readonly parameters: readonly number[];
}

/** Costs by name of the node. */
export function nodeCosts(graph: TensorGraph): Map<string, NodeCost> {
  const counted = new Set<string>();
  return new Map(
    graph.nodes.map((node) => {
      const facts = new NodeFacts(graph, node);
      return [node.name, { macs: rowOf(node).macs?.(facts) ?? 0, parameters: newlyLearned(facts, counted) }];
    }),
  );
}

/** Multiply-accumulates of a single node, given its tensors by position; 0 if its operator is not counted. */
export function macsOf(node: {
  readonly operator: string;
  readonly domain: string;
  readonly attributes: TensorNode['attributes'];
  readonly inputs: readonly (Pick<Tensor, 'type' | 'shape' | 'constant'> | undefined)[];
  readonly outputs: readonly Pick<Tensor, 'type' | 'shape' | 'constant'>[];
}): number {
  const { macs } = rowOf(node);
  if (!macs) return 0;
  const tensors = new Map<string, Tensor>();
  const names = (of: string, all: typeof node.inputs) =>
    all.map((tensor, i) => {
      if (!tensor) return '';
      const name = `${of}${i}`;
      tensors.set(name, { ...tensor, name });
      return name;
    });
  const inputs = names('in', node.inputs);
  const outputs = names('out', node.outputs);
  const alone = { ...node, name: node.operator, version: 1, inputs, outputs };
  return macs(new NodeFacts({ nodes: [alone], tensors, inputs, outputs, notes: [] }, alone));
}

function newlyLearned(facts: NodeFacts, counted: Set<string>): number[] {
  const { weights = [], settings = [], packed } = rowOf(facts.node);
  return facts.node.inputs.map((_, position) => {
    const tensor = facts.input(position);
    if (!tensor?.constant || settings.includes(position)) return 0;
    let count = 0;
    const isWeight = weights.includes(position);
    const learned =
      packed && isWeight
        ? [[tensor.source ?? tensor.name, packed(facts, position)] as const]
        : learnedIn(tensor, isWeight);
    for (const [name, size] of learned) {
      if (!counted.has(name)) count += size;
      counted.add(name);
    }
    return count;
  });
}

/** Quantised weights are integers, and files without weight values may compute them; indices are neither. */
function learnedIn(tensor: Tensor, isWeight: boolean): ReadonlyMap<string, number> {
  const { name, type, shape, learned = new Map<string, number>(), source = name } = tensor;
  const counts = learned.size > 0 || !isWeight || /^(int64|bool|string)$/.test(type);
  return counts ? learned : new Map([[source, elements(shape)]]);
}

/**
 * @throws InputError that names a node whose weight does not fit its input, which onnxruntime only notices
 *   when running
 */
export function checkWeights(graph: TensorGraph): void {
  for (const node of graph.nodes) checkNode(node, graph.tensors);
}

/** @throws InputError if the inputs of a node do not fit each other */
export function checkNode(node: TensorNode, tensors: TensorGraph['tensors']): void {
  const alone = { nodes: [node], tensors, inputs: [], outputs: [], notes: [] };
  const problem = rowOf(node).misfit?.(new NodeFacts(alone, node));
  if (problem) throw new InputError(`node ${quote(node.name)} (${node.operator}): ${problem}`);
}
