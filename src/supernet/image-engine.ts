import type { Engine } from '../nn/engines/engine.js';
import { createOnnxEngine } from '../nn/engines/onnx-engine.js';
import type { Network } from '../nn/network.js';
import type { StepOptions } from '../nn/training-step.js';
import type { Images } from './images.js';
import { WEIGHTS } from './schedule.js';
import { IMAGE } from './trainable.js';

/** How networks of images learn: their classes, by SGD. */
export const IMAGE_STEPS: StepOptions = {
  loss: 'cross-entropy',
  optimiser: 'sgd',
  dropout: 0,
  weightDecay: WEIGHTS.weightDecay,
  clipNorm: WEIGHTS.clipNorm,
};

/** An engine that trains a network on some images. */
export function imageEngine(
  network: Network,
  images: Images,
  { batchSize, threads }: { readonly batchSize: number; readonly threads: number },
): Promise<Engine> {
  return createOnnxEngine({
    network,
    inputs: { [IMAGE]: images.pixels },
    target: images.labels,
    batchSize,
    threads,
    options: IMAGE_STEPS,
  });
}
