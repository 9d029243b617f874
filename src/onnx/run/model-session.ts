import type * as ort from '../../base/onnxruntime.js';

/** Float32 tensors by the names of a model's inputs. */
export type ModelInputs = Readonly<Record<string, ort.Tensor>>;

/** Tensors by the names of a model's outputs. */
export type ModelOutputs = Readonly<Record<string, Pick<ort.Tensor, 'type' | 'size' | 'data'>>>;

/** A model that is ready to run: an `InferenceSession`, or one in another process. */
export interface ModelSession {
  readonly outputNames: readonly string[];
  run(inputs: ModelInputs): Promise<ModelOutputs>;
  release(): Promise<void>;
}

/** @param threads that an operator uses */
export type OpenSession = (onnx: Uint8Array, threads: number) => Promise<ModelSession>;

/** A model gave no valid answer in the time and memory that it may take: it must not be asked again. */
export class BadModel extends Error {
  override readonly name = 'BadModel';
}
