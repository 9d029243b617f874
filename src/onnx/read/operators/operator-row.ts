import type { Operator } from '../../../network/operator.js';
import type { NodeFacts } from './node-facts.js';

/**
 * What the project knows about an ONNX operator besides its shapes, which onnxruntime infers. All fields are
 * optional.
 */
export interface OperatorRow {
  /** Multiply-accumulates for the node's full tensors (a bias adds one per output element); by default 0. */
  readonly macs?: (node: NodeFacts) => number;
  /** Inputs that are learned even if the file has them as integers, or computes them. */
  readonly weights?: readonly number[];
  /** Number of values in a learned input whose elements hold several values each. */
  readonly packed?: (node: NodeFacts, input: number) => number;
  /** Inputs that are settings rather than learned: bounds, scales, running statistics. */
  readonly settings?: readonly number[];
  /** What is wrong with its inputs, where onnxruntime's inference does not check. */
  readonly misfit?: (node: NodeFacts) => string | undefined;
  /**
   * The operator of `src/network` for analytic devices; undefined if there is none. It is only used if its
   * shapes agree with those of the file.
   */
  readonly operator?: (node: NodeFacts) => Operator | undefined;
  /** Used instead if each output is a separate operator that reads the node's inputs. */
  readonly operators?: (node: NodeFacts) => readonly (Operator | undefined)[];
}

/** Rows by ONNX's name of the operator. */
export type OperatorRows = Readonly<Record<string, OperatorRow>>;
