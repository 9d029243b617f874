import { InputError, quote } from '../../base/errors.js';
import { Random } from '../../base/random.js';
import { connectedOnly, type Samples, select } from '../../datasets/samples.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import { spearman } from '../metrics.js';

/** Samples that are taken from each source, where nobody says otherwise. */
export const SOURCE_SAMPLES = 600;

/** A device whose measurements are known: what a new device is learned from. */
export interface SourceDevice {
  readonly device: string;
  readonly deadOperations: DeadOperations;
  /** Connected architectures as the dataset names them, not yet pruned. */
  readonly samples: Samples;
}

/**
 * A source from a data set's device: unconnected architectures are left out, and of the others at most `most`,
 * drawn with the seed.
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

/** Architectures that two devices must share before a rank correlation says something. */
const LEAST_SHARED = 50;

/**
 * Spearman's rank correlation of two devices over the architectures that both have timed; NaN where they share
 * too few. Where one of the two pruned dead operations, its latency is compared with that of the pruned
 * architecture on the other, since that is what it ran.
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

/** The sources without near-twins of a device: those whose rank correlation with it exceeds a threshold. */
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
