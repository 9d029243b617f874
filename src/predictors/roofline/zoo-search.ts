import { timmAccuracies } from '../../datasets/timm-tables.js';
import { publishedNetwork } from '../../network/zoo/index.js';
import { predictNetwork } from './predict.js';
import type { NetworkModel } from './saved.js';

/** A published network with published weights, at one image size. */
export interface ZooCandidate {
  readonly network: string;
  readonly weights: string;
  readonly imageSize: number;
  /** ImageNet, percent. */
  readonly top1: number;
  /** Of one image in a batch of `batch`. */
  readonly msPerImage: number;
  /** Upper end of the interval, of one image. */
  readonly highMsPerImage: number;
}

/**
 * The published networks of which none is both more accurate and faster, most accurate first.
 *
 * @param limitMs per image; networks stay in whose interval's upper end keeps within it
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
