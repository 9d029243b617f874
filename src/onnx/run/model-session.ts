import type * as ort from '../../base/onnxruntime.js';

/** Float32 tensors by the names of a model's inputs. */
export type ModelInputs = Readonly<Record<string, ort.Tensor>>;

/** Tensors by the names of a model's outputs. */
export type ModelOutputs = Readonly<Record<string, Pick<ort.Tensor, 'type' | 'size' | 'data'>>>;

/** A model that is ready to run: an `InferenceSession`, or a session in another process. */
export interface ModelSession {
  readonly outputNames: readonly string[];
  run(inputs: ModelInputs): Promise<ModelOutputs>;
  release(): Promise<void>;
}

/** @param threads used inside an operator */
export type OpenSession = (onnx: Uint8Array, threads: number) => Promise<ModelSession>;

/** A model gave no valid answer within its limits of time and memory. It must not be run again. */
export class BadModel extends Error {
  override readonly name = 'BadModel';
}
