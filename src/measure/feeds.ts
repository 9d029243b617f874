import * as ort from '../base/onnxruntime.js';
import { Random } from '../base/random.js';

/** Random inputs in 0 … 1; token 0 where there are tokens. A dynamic dimension is one. */
export function feedsOf(session: ort.InferenceSession): Record<string, ort.Tensor> {
  const random = new Random(1);
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      const shape = input.isTensor ? input.shape.map((d) => (typeof d === 'number' ? d : 1)) : [];
      const size = shape.reduce((product, d) => product * d, 1);
      const tensor =
        input.isTensor && input.type === 'int64'
          ? new ort.Tensor('int64', new BigInt64Array(size), shape)
          : new ort.Tensor(
              'float32',
              Float32Array.from({ length: size }, () => random.uniform()),
              shape,
            );
      return [input.name, tensor];
    }),
  );
}
