import { elements } from '../base/elements.js';
import type { Attribute, Tensor } from '../onnx/read/tensor-graph.js';

/** A tensor as a runtime sees it. In the NCHWc layout, channels are padded to whole blocks. */
export type RuntimeTensor = Pick<Tensor, 'type' | 'shape' | 'constant'>;

/** A node of the graph that a runtime executes, after its own rewriting. */
export interface RuntimeNode {
  /** Operator (`Conv`) and its domain: empty for ONNX's own, `com.microsoft.nchwc` for blocked layouts. */
  readonly operator: string;
  readonly domain: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** By position; undefined for an optional input that is left out. */
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

/** Bytes of a tensor; elements of unknown type count as four bytes. */
export const bytesOf = ({ shape, type }: RuntimeTensor): number =>
  Math.ceil(elements(shape) * (BYTES[type] ?? 4));

/** An integer attribute of a node, or the default if it does not have it. */
export function integerAttribute(node: Pick<RuntimeNode, 'attributes'>, name: string, otherwise = 0): number {
  const value = node.attributes.get(name);
  return typeof value === 'number' ? value : otherwise;
}

/** A list attribute of a node, or an empty list if it does not have it. */
export function integers(node: Pick<RuntimeNode, 'attributes'>, name: string): readonly number[] {
  const value = node.attributes.get(name);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}

export function text(node: RuntimeNode, name: string): string {
  const value = node.attributes.get(name);
  return typeof value === 'string' ? value : '';
}
