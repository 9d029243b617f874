import { elements } from '../base/elements.js';
import type { Attribute, Tensor } from '../onnx/read/tensor-graph.js';

/** A tensor as a runtime sees it: channels are filled up to whole blocks where the layout is NCHWc. */
export type RuntimeTensor = Pick<Tensor, 'type' | 'shape' | 'constant'>;

/** A node of the graph that a runtime executes, after its own rewriting. */
export interface RuntimeNode {
  /** Operator, `Conv`, in its domain: empty for ONNX's own, `com.microsoft.nchwc` for blocked layouts. */
  readonly operator: string;
  readonly domain: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** By position; undefined where an optional input is left out. */
  readonly inputs: readonly (RuntimeTensor | undefined)[];
  readonly outputs: readonly RuntimeTensor[];
}

/** Domain of onnxruntime's operators on blocks of channels. */
export const NCHWC = 'com.microsoft.nchwc';

const BYTES: Readonly<Record<string, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  uint64: 8,
  int32: 4,
  uint32: 4,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
  float8e4m3fn: 1,
  float8e5m2: 1,
  uint4: 0.5,
  int4: 0.5,
};

/** Bytes of a tensor; an element of unknown type has four. */
export const bytesOf = ({ shape, type }: RuntimeTensor): number =>
  Math.ceil(elements(shape) * (BYTES[type] ?? 4));

/** A whole-number attribute, or what it is where the node does not say. */
export function integerAttribute(node: RuntimeNode, name: string, otherwise = 0): number {
  const value = node.attributes.get(name);
  return typeof value === 'number' ? value : otherwise;
}

/** A list attribute, or what it is where the node does not say. */
export function integers(node: RuntimeNode, name: string): readonly number[] {
  const value = node.attributes.get(name);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}

export function text(node: RuntimeNode, name: string): string {
  const value = node.attributes.get(name);
  return typeof value === 'string' ? value : '';
}
