import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Matrix } from 'ml-matrix';
import { countBar } from '../../src/cli/progress.js';
import { createBasis } from '../../src/predictors/transfer/basis.js';
import {
  linearMethod,
  type TransferMethod,
  transferMethods,
  transferRows,
} from '../../src/predictors/transfer/methods.js';
import { sourceDevice, withoutTwins } from '../../src/predictors/transfer/pool.js';
import { keptPool } from '../../src/predictors/transfer/pool-file.js';
import { evaluateTransfer, type TransferScores } from '../../src/predictors/transfer/protocol.js';
import type { Strategy } from '../../src/predictors/transfer/selection.js';
import { SharedPredictor } from '../../src/predictors/transfer/shared-predictor.js';
import { spaceNamed } from '../../src/spaces/index.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import type { Family, FamilyDevice } from './families.js';
import { MEASURED } from './tables.js';

export const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** Seeds of the methods that train a network by gradient for every choice of samples. */
export const TRAINED_SEEDS = [1, 2];
export const SAMPLES = [10, 20, 50];
export const TWINS = 0.99;
/** Samples taken from each source. */
const SOURCE_ROWS = 600;

const TRAINED = ['scratch', 'fine-tune'];

/** Learns one device of a family from the others. Pools are kept, so a benchmark that is cut off goes on. */
export async function leaveOneOut(
  { name, samples = SAMPLES }: Family,
  device: FamilyDevice,
  all: readonly FamilyDevice[],
): Promise<TransferScores[]> {
  const space = spaceNamed(name);
  const kept = withoutTwins(space, device, all, TWINS);
  const sources = kept.map((s) => sourceDevice(space, s.device, s.deadOperations, s.samples, SOURCE_ROWS));
  const bar = countBar(`${name} ${device.device}: sources`);
  const folder = join(tmpdir(), 'tempograph-bench');
  mkdirSync(folder, { recursive: true });
  const model = await keptPool(
    join(folder, `${name}-${device.device}.pool`),
    space,
    sources,
    1,
    {},
    {
      onEpoch: ({ epoch, epochs }) => bar.update(epoch, epochs),
    },
  ).finally(bar.stop);
  const shared = await SharedPredictor.create(model);
  try {
    const basis = await createBasis(space, device.deadOperations, shared);
    const rows = await transferRows(basis, shared, device.samples.architectures);
    const measured = measuredBaseline(space, device, kept);
    const closed = [...transferMethods.filter((m) => !TRAINED.includes(m.name)), measured];
    const trained = transferMethods.filter((m) => TRAINED.includes(m.name));
    const combined = closed.filter((m) => m.name === 'combined');
    const { latencyMs } = device.samples;
    const score = (methods: readonly TransferMethod[], seeds: readonly number[], strategy: Strategy) =>
      evaluateTransfer(rows, latencyMs, { device: device.device, samples, seeds, strategy, methods });
    return [
      ...(await score(closed, SEEDS, 'reference')),
      ...(await score(trained, TRAINED_SEEDS, 'reference')),
      ...(await score(closed, SEEDS, 'random')),
      ...(await score(trained, TRAINED_SEEDS, 'random')),
      ...(await score(combined, SEEDS, 'diverse')),
      ...(await score(combined, SEEDS, 'uncertain')),
    ];
  } finally {
    await shared.release();
  }
}

/**
 * The simple baseline that needs every source to have measured the same architectures: ridge on their latencies,
 * each over its mean.
 */
function measuredBaseline(
  space: SearchSpace,
  { deadOperations, samples }: FamilyDevice,
  sources: readonly FamilyDevice[],
): TransferMethod {
  const { architectures } = samples;
  const x = new Matrix(architectures.length, sources.length);
  sources.forEach((source, s) => {
    const prunes = deadOperations === 'pruned' || source.deadOperations === 'pruned';
    const keyOf = (a: (typeof architectures)[number]) => space.format(prunes ? space.prune(a) : a);
    const asMeasured = (a: (typeof architectures)[number]) =>
      space.format(source.deadOperations === 'pruned' ? space.prune(a) : a);
    const known = new Map(
      source.samples.architectures.map((a, i) => [asMeasured(a), source.samples.latencyMs[i]]),
    );
    const latencies = architectures.map((a) => known.get(keyOf(a)));
    const present = latencies.filter((ms) => ms !== undefined);
    const mean = present.reduce((sum, ms) => sum + ms, 0) / present.length;
    for (const [i, ms] of latencies.entries()) x.set(i, s, (ms ?? mean) / mean);
  });
  return linearMethod(
    MEASURED,
    "ridge on the source devices' measurements of the same architectures",
    () => x,
  );
}
