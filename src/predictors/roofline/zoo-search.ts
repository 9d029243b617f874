import { timmAccuracies } from '../../datasets/timm-tables.js';
import { publishedNetwork } from '../../network/zoo/index.js';
import { predictNetwork } from './predict.js';
import type { NetworkModel } from './saved.js';

/** A published network with published weights, at one image size. */
export interface ZooCandidate {
  readonly network: string;
  readonly weights: string;
  readonly imageSize: number;
  /** ImageNet top-1 accuracy in percent. */
  readonly top1: number;
  /** Milliseconds per image in a batch of `batch`. */
  readonly msPerImage: number;
  /** Upper end of the interval, in milliseconds per image. */
  readonly highMsPerImage: number;
}

/**
 * The published networks to which no other is superior in both accuracy and speed, the most accurate first.
 *
 * @param limitMs per image; only networks whose interval's upper end is within it are considered
 */
export async function searchZoo(
  model: NetworkModel,
  options: { readonly batch?: number; readonly limitMs?: number } = {},
): Promise<ZooCandidate[]> {
  const { batch = model.device.usualBatch, limitMs = Number.POSITIVE_INFINITY } = options;
  const times = new Map<string, { ms: number; high: number }>();
  const front: ZooCandidate[] = [];
  const byAccuracy = (await timmAccuracies()).sort((a, b) => b.top1 - a.top1);
  for (const { network, weights, imageSize, top1 } of byAccuracy) {
    const key = `${network}@${imageSize}`;
    let time = times.get(key);
    if (time === undefined) {
      const { latencyMs, highMs } = predictNetwork(model, publishedNetwork(network, imageSize), batch);
      time = { ms: latencyMs / batch, high: highMs / batch };
      times.set(key, time);
    }
    if (time.high > limitMs || front.some(({ msPerImage }) => msPerImage <= time.ms)) continue;
    front.push({ network, weights, imageSize, top1, msPerImage: time.ms, highMsPerImage: time.high });
  }
  return front;
}
