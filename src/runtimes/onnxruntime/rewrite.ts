import { elements } from '../../base/elements.js';
import type { LiveNode, RewrittenGraph } from '../rewritten-graph.js';

/** Domain of the operators that onnxruntime adds to ONNX. */
export const MICROSOFT = 'com.microsoft';

/** Rewrites what it finds in a graph, once over all nodes. */
export type Rule = (graph: RewrittenGraph) => void;

/** Whole-number attribute of a node. */
export function intOf(node: LiveNode, name: string, otherwise: number): number {
  const value = node.attributes.get(name);
  return typeof value === 'number' ? value : otherwise;
}

/** List attribute of a node. */
export function intsOf(node: LiveNode, name: string): readonly number[] {
  const value = node.attributes.get(name);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** The operand of a commutative node that is not `name`. */
export function other({ inputs }: LiveNode, name: string): string {
  return inputs[0] === name ? inputs[1] : inputs[0];
}

/** The operand of a commutative node that is not a constant. */
export function computed(graph: RewrittenGraph, { inputs }: LiveNode): string | undefined {
  return inputs.find((name) => !graph.constant(name));
}

/** Whether a constant holds one value for each channel (dimension 1) of a tensor of some rank, or one for all. */
export function perChannel(shape: readonly number[], channels: number, rank: number): boolean {
  if (elements(shape) === 1) return true;
  const aligned = [...Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
  return aligned.length === rank && aligned.every((size, i) => size === (i === 1 ? channels : 1));
}
