import * as ort from '../../base/onnxruntime.js';
import { asExecuted } from '../../spaces/executed.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import type { Encoding } from './encoding.js';

/** A batch of architectures (as executed by the device) as inputs of a model with some encoding. */
export function feedsOf(
  encoding: Encoding,
  space: SearchSpace,
  deadOperations: DeadOperations,
  architectures: readonly Architecture[],
): Record<string, ort.Tensor> {
  const inputs = encoding.encode(space, asExecuted(space, deadOperations, architectures));
  return Object.fromEntries(
    encoding
      .inputs(space)
      .map(({ name, shape }) => [
        name,
        new ort.Tensor('float32', inputs[name], [architectures.length, ...shape]),
      ]),
  );
}
