import { elements } from '../base/elements.js';
import { InputError, quote } from '../base/errors.js';
import * as ort from '../base/onnxruntime.js';
import { Random } from '../base/random.js';

/**
 * Values of each element type: random numbers from 0 to 1, and zeros for whole numbers, which every table of
 * tokens has.
 */
const VALUES: Readonly<
  Record<string, (size: number, random: Random) => ort.Tensor.DataTypeMap[ort.Tensor.Type]>
> = {
  float32: (size, random) => Float32Array.from({ length: size }, () => random.uniform()),
  float64: (size, random) => Float64Array.from({ length: size }, () => random.uniform()),
  // 0 … 1 by bit pattern: every half-precision number below 0x3c00 is less than 1.
  float16: (size, random) => Uint16Array.from({ length: size }, () => random.integer(0x3c00)),
  int8: (size) => new Int8Array(size),
  uint8: (size) => new Uint8Array(size),
  int16: (size) => new Int16Array(size),
  uint16: (size) => new Uint16Array(size),
  int32: (size) => new Int32Array(size),
  uint32: (size) => new Uint32Array(size),
  int64: (size) => new BigInt64Array(size),
  uint64: (size) => new BigUint64Array(size),
  bool: (size) => new Uint8Array(size),
};

/**
 * Inputs to run a model with. Dynamic dimensions are 1.
 *
 * @throws InputError that names an input that is not a tensor of numbers
 */
export function randomFeeds(session: ort.InferenceSession): Record<string, ort.Tensor> {
  const random = new Random(1);
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      const values = input.isTensor ? VALUES[input.type] : undefined;
      if (!input.isTensor || !values) {
        const type = input.isTensor ? input.type : 'no tensor';
        throw new InputError(`no values are known for its input ${quote(input.name)}, which is ${type}`);
      }
      const shape = input.shape.map((d) => (typeof d === 'number' ? d : 1));
      return [input.name, new ort.Tensor(input.type, values(elements(shape), random), shape)];
    }),
  );
}
