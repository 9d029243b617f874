import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, quote } from '../../base/errors.js';
import { decodeModel, encodeModel, type ModelProto, type TensorProto } from '../proto.js';
import { tensorProto } from './constants.js';
import { loadExternalData } from './external-data.js';
import { Sizes } from './sizes.js';
import type { OnnxReadOptions } from './tensor-graph.js';

/**
 * An ONNX file in the form that a runtime takes from memory: with its external data inside, and a number for
 * each dimension of its inputs. A file that already has this form stays as it is.
 *
 * @returns also notes about the sizes that were chosen
 * @throws InputError that names the file if it cannot be read, its weights are left out, or a size does not
 *   fit
 */
export function runnableModel(
  file: string,
  sizes: NonNullable<OnnxReadOptions['sizes']> = new Map(),
): { model: Uint8Array; notes: readonly string[] } {
  const { bytes, model, isWhole } = wholeModel(file);
  const settled = new Sizes(sizes);
  const isFixed = inFile(file, () => fixInputs(model, settled));
  return { model: isWhole && !isFixed ? bytes : encodeModel(model), notes: settled.notes };
}

/**
 * An ONNX file with the values of its weights.
 *
 * @throws InputError that names the file if it cannot be read, or its weights are left out
 */
export function wholeModel(file: string): {
  readonly bytes: Uint8Array;
  readonly model: ModelProto;
  /** Whether the file has no external data. */
  readonly isWhole: boolean;
} {
  let bytes: Uint8Array;
  let model: ModelProto;
  try {
    bytes = readFileSync(file);
    model = withNodes(bytes);
  } catch (error) {
    throw unreadable(error, file);
  }
  const isWhole = model.graph.initializer.every(({ dataLocation }) => !dataLocation);
  inFile(file, () => {
    loadExternalData(model.graph, dirname(file), Number.POSITIVE_INFINITY);
    mustHaveWeights(model);
  });
  return { bytes, model, isWhole };
}

/**
 * Decodes a model from memory.
 *
 * @throws InputError if it cannot be read
 */
export function modelIn(bytes: Uint8Array): ModelProto {
  try {
    return withNodes(bytes);
  } catch (error) {
    throw unreadable(error);
  }
}

function withNodes(bytes: Uint8Array): ModelProto {
  const model = decodeModel(bytes);
  if (!model.graph?.node?.length) throw new Error('it has no nodes');
  return model;
}

function unreadable(error: unknown, file?: string): InputError {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new InputError('there is no such file', { file });
  }
  return new InputError(`it is not a readable ONNX file: ${(error as Error).message}`, { file });
}

/**
 * Replaces the dynamic dimensions of a model's inputs by numbers.
 *
 * @throws InputError if a size does not fit
 */
export function withFixedInputs(model: ModelProto, sizes: NonNullable<OnnxReadOptions['sizes']>): ModelProto {
  const copy = decodeModel(encodeModel(model));
  fixInputs(copy, new Sizes(sizes));
  return copy;
}

function inFile<Result>(file: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, { file });
  }
}

function mustHaveWeights({ graph }: ModelProto): void {
  const empty = graph.initializer.find(isEmpty);
  if (empty === undefined) return;
  throw new InputError(
    `the values of its weights are left out, ${quote(empty.name)} for one; only the whole file can be run`,
  );
}

function isEmpty({ dims, rawData, floatData, int32Data, int64Data, doubleData, uint64Data }: TensorProto) {
  const held = [rawData, floatData, int32Data, int64Data, doubleData, uint64Data];
  return dims.every((size) => size > 0) && held.every((values) => !values || values.length === 0);
}

/** Replaces the dynamic dimensions of inputs by numbers; false if there are none. */
function fixInputs({ graph }: ModelProto, sizes: Sizes): boolean {
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const given = graph.input.filter(({ name }) => !constants.has(name));
  sizes.checkUse(given);
  let isChanged = false;
  for (const input of given) {
    const settledInput = sizes.input(input);
    const { shape } = settledInput;
    const value = settledInput.constant ? tensorProto(settledInput) : undefined;
    if (value) {
      graph.input = graph.input.filter((other) => other !== input);
      graph.initializer.push(value);
      isChanged = true;
      continue;
    }
    const tensor = input.type?.tensorType;
    const declared = tensor?.shape?.dim.map(({ dimValue }) => dimValue);
    if (!tensor || String(declared) === String(shape)) continue;
    tensor.shape = { dim: shape.map((dimValue) => ({ dimValue })) };
    isChanged = true;
  }
  return isChanged;
}
