import { InputError, quote } from '../../base/errors.js';
import { Random } from '../../base/random.js';
import { connectedOnly, type Samples, select } from '../../datasets/samples.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import { spearman } from '../metrics.js';

/** Default number of samples taken from each source. */
export const SOURCE_SAMPLES = 600;

/** A device with known measurements, from which a new device is learned. */
export interface SourceDevice {
  readonly device: string;
  readonly deadOperations: DeadOperations;
  /** Connected architectures as named in the dataset, not pruned yet. */
  readonly samples: Samples;
}

/**
 * A source from a device of a dataset: of its connected architectures, at most `most`, drawn with the seed.
 *
 * @throws InputError if there are fewer than two
 */
export function sourceDevice(
  space: SearchSpace,
  device: string,
  deadOperations: DeadOperations,
  samples: Samples,
  most = Number.POSITIVE_INFINITY,
  seed = 1,
): SourceDevice {
  const connected = connectedOnly(space, samples);
  const count = connected.values.length;
  if (count < 2) {
    throw new InputError(`the source device ${quote(device)} has ${count} usable samples; two are needed`);
  }
  if (count <= most) return { device, deadOperations, samples: connected };
  const drawn = new Random(seed).permutation(count).subarray(0, most);
  return { device, deadOperations, samples: select(connected, drawn) };
}

/** Number of architectures that two devices must share for their rank correlation to mean anything. */
const LEAST_SHARED = 50;

/**
 * Spearman's rank correlation of two devices over the architectures measured on both; NaN if these are too
 * few. If one of the devices pruned dead operations, its latency is compared with the other's for the pruned
 * architecture, because that is what it ran.
 */
export function deviceCorrelation(space: SearchSpace, a: SourceDevice, b: SourceDevice): number {
  const prune = a.deadOperations === 'pruned' || b.deadOperations === 'pruned';
  const key = (source: SourceDevice, architecture: Architecture) =>
    space.format(prune && source.deadOperations === 'pruned' ? space.prune(architecture) : architecture);
  const known = new Map(b.samples.architectures.map((x, i) => [key(b, x), b.samples.values[i]]));
  const pairs = a.samples.architectures.flatMap((x, i) => {
    const other = known.get(key(a, x));
    return other === undefined ? [] : [[a.samples.values[i], other]];
  });
  if (pairs.length < LEAST_SHARED) return Number.NaN;
  return spearman(
    Float64Array.from(pairs, ([x]) => x),
    Float64Array.from(pairs, ([, y]) => y),
  );
}

/** The sources that are not near-twins of a device, which have a rank correlation with it above a threshold. */
export function withoutTwins<S extends SourceDevice>(
  space: SearchSpace,
  device: SourceDevice,
  sources: readonly S[],
  threshold = 0.99,
): S[] {
  return sources.filter(
    (source) => source.device !== device.device && !(deviceCorrelation(space, device, source) > threshold),
  );
}
