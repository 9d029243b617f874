import type { Operator } from '../../../network/operator.js';
import type { NodeFacts } from './node-facts.js';

/** What the project knows of an ONNX operator beside its shapes, which onnxruntime infers. All of it may be left out. */
export interface OperatorRow {
  /** Multiply-accumulates for the node's full tensors, a bias being one more per output element; else none. */
  readonly macs?: (node: NodeFacts) => number;
  /** Inputs that are learned even where the file has them as integers, or computes them. */
  readonly weights?: readonly number[];
  /** How many numbers a learned input holds, where several of them share an element. */
  readonly packed?: (node: NodeFacts, input: number) => number;
  /** Inputs that set how it works and are not learned: bounds, scales, running statistics. */
  readonly settings?: readonly number[];
  /** What is wrong with its inputs where onnxruntime's inference does not look. */
  readonly misfit?: (node: NodeFacts) => string | undefined;
  /**
   * The operator of `src/network` that it is, for analytic devices; undefined, or left out, where there is none. It
   * stands only if the shapes that follow from it are those of the file.
   */
  readonly operator?: (node: NodeFacts) => Operator | undefined;
  /** In place of it where each output is an operator of its own that reads the node's inputs. */
  readonly operators?: (node: NodeFacts) => readonly (Operator | undefined)[];
}

/** Rows by ONNX's name of the operator. */
export type OperatorRows = Readonly<Record<string, OperatorRow>>;
