import { nasbench201 as space } from '../src/spaces/nasbench201/space.js';
import type { DartsOptions, Derived } from '../src/supernet/darts.js';
import type { LatencyTerm } from '../src/supernet/latency-term.js';
import type { NetworkTrainedAlone } from '../src/supernet/train-alone.js';
import { percent } from './percent.js';
import { plainTable } from './table.js';

/** How a search was made. */
interface RecordedRun {
  readonly flags: { readonly device?: string; readonly aloneEpochs: number };
  readonly options: DartsOptions;
  readonly latency: LatencyTerm | undefined;
  readonly about: object;
}

/** What is written to `--out`. */
export function dartsRecord(
  { flags: { device, aloneEpochs }, options, latency, about }: RecordedRun,
  derived: Derived,
  measuredHereMs: number,
  alone: NetworkTrainedAlone | undefined,
): object {
  return {
    format: 'tempograph-darts/1',
    space: space.name,
    ...about,
    ...options,
    architecture: space.format(derived.architecture),
    shares: sharesOf(derived.shares),
    history: derived.epochs.map((epoch) => ({ ...epoch, architecture: space.format(epoch.architecture) })),
    ...(latency && {
      latency: { device, weight: derived.latencyWeight, expectedMs: latency.expectedMs(derived.shares) },
    }),
    measuredHereMs,
    ...(alone && { alone: { epochs: aloneEpochs, testAccuracy: alone.testAccuracy, loss: alone.loss } }),
  };
}

/** Shares by edge and operation. */
function sharesOf(shares: Float32Array): Record<string, Record<string, number>> {
  let at = 0;
  return Object.fromEntries(
    space.slots.map(({ name, options }) => [
      name,
      Object.fromEntries(options.map((option) => [option, shares[at++]])),
    ]),
  );
}

/** Prints the shares of the operations, and the network derived from them. */
export function printDerived(
  derived: Derived,
  measuredMs: number,
  alone: NetworkTrainedAlone | undefined,
): void {
  const table = plainTable(['edge', ...space.slots[0].options]);
  for (const [edge, shares] of Object.entries(sharesOf(derived.shares))) {
    table.push([edge, ...Object.values(shares).map((share) => share.toFixed(2))]);
  }
  console.log(table.toString());
  console.log(`derived: ${space.format(derived.architecture)}, ${measuredMs.toFixed(3)} ms on this machine`);
  if (alone)
    console.log(`trained alone: ${percent(alone.testAccuracy)} of the test images are classified correctly`);
}
