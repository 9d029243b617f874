import { elements } from '../../base/elements.js';
import type { LiveNode, RewrittenGraph } from '../rewritten-graph.js';

export { integerAttribute as intOf, integers as intsOf } from '../runtime-node.js';

/** Domain of onnxruntime's own operators. */
export const MICROSOFT = 'com.microsoft';

/** Rewrites a graph in one pass over all nodes. */
export type Rule = (graph: RewrittenGraph) => void;

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

/** Whether a constant holds one value per channel (dimension 1) of a tensor with this rank, or one for all. */
export function perChannel(shape: readonly number[], channels: number, rank: number): boolean {
  if (elements(shape) === 1) return true;
  const aligned = [...Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
  return aligned.length === rank && aligned.every((size, i) => size === (i === 1 ? channels : 1));
}
