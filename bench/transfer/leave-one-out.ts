import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Matrix } from 'ml-matrix';
import { countBar } from '../../cli/progress.js';
import type { TrainingProgress } from '../../src/nn/training.js';
import {
  linearMethod,
  type TransferMethod,
  type TransferRows,
  transferMethods,
} from '../../src/predictors/transfer/methods.js';
import { SOURCE_SAMPLES, sourceDevice, withoutTwins } from '../../src/predictors/transfer/pool.js';
import { additivity, type TransferTrial, transferTrials } from '../../src/predictors/transfer/protocol.js';
import type { SelectionStrategy } from '../../src/predictors/transfer/selection.js';
import { Transfer } from '../../src/predictors/transfer/transfer.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import type { Family, FamilyDevice } from './families.js';
import { MEASURED } from './tables.js';

export const TWINS = 0.99;

const TRAINED = ['scratch', 'fine-tune'];

/** A trial with what its device is. */
export interface LeftOutTrial extends TransferTrial {
  readonly family: string;
  readonly additivity: number;
}

/** A device made ready: what the methods read of all its architectures. */
interface Prepared {
  readonly key: string;
  readonly rows: TransferRows;
  readonly measured: TransferMethod;
  readonly additivity: number;
}

/** Learns devices of a family from the others. Pools are kept, so a benchmark that is cut off goes on. */
export class LeaveOneOut {
  private prepared: Prepared | undefined;

  /** @param folder where trained pools are kept */
  constructor(private readonly folder = join(tmpdir(), 'tempograph-bench')) {}

  /**
   * One seed of one device: every method on the chosen samples; on random ones, those that take no training by
   * gradient; the default on all choices.
   */
  async run(
    family: Family,
    device: FamilyDevice,
    all: readonly FamilyDevice[],
    seed: number,
  ): Promise<LeftOutTrial[]> {
    const { rows, measured, additivity } = await this.prepare(family, device, all);
    const closed = [...transferMethods.filter((m) => !TRAINED.includes(m.name)), measured];
    const every = family.trainedSeeds.includes(seed) ? [...transferMethods, measured] : closed;
    const combined = closed.filter((m) => m.name === 'combined');
    const trials = (methods: readonly TransferMethod[], strategy: SelectionStrategy) =>
      transferTrials(rows, device.samples.values, {
        device: device.device,
        samples: family.samples,
        seeds: [seed],
        strategy,
        methods,
      });
    const done = [
      ...(await trials(every, 'reference')),
      ...(await trials(closed, 'random')),
      ...(await trials(combined, 'diverse')),
      ...(await trials(combined, 'uncertain')),
    ];
    return done.map((trial) => ({ family: family.name, additivity, ...trial }));
  }

  async release(): Promise<void> {
    await this.prepared?.rows.shared.release();
    this.prepared = undefined;
  }

  private async prepare(
    { name }: Family,
    device: FamilyDevice,
    all: readonly FamilyDevice[],
  ): Promise<Prepared> {
    const key = `${name}-${device.device}`;
    if (this.prepared?.key === key) return this.prepared;
    await this.release();
    const space = spaceNamed(name);
    const kept = withoutTwins(space, device, all, TWINS);
    const sources = kept.map((s) =>
      sourceDevice(space, s.device, s.deadOperations, s.samples, SOURCE_SAMPLES),
    );
    mkdirSync(this.folder, { recursive: true });
    const bar = countBar(`${name} ${device.device}: sources`);
    const onEpoch = ({ epoch, epochs }: TrainingProgress) => bar.update(epoch, epochs);
    const file = join(this.folder, `${key}.pool`);
    const { deadOperations } = device;
    const learned = { space, sources, deadOperations, poolFile: file, options: { threads: 1 } };
    const transfer = await Transfer.open({ ...learned, hooks: { onEpoch } }).finally(bar.stop);
    const rows = await transfer.rows(device.samples.architectures);
    this.prepared = {
      key,
      rows,
      measured: measuredBaseline(space, device, kept),
      additivity: additivity(rows, device.samples.values),
    };
    return this.prepared;
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
      source.samples.architectures.map((a, i) => [asMeasured(a), source.samples.values[i]]),
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
