import { join } from 'node:path';
import { mean } from 'simple-statistics';
import { Random } from '../../src/base/random.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { spearman } from '../../src/predictors/metrics.js';
import { MultilinearModel } from '../../src/search/differentiable/multilinear.js';
import { readArchitectureTable } from '../../src/search/evaluators/accuracy-table.js';
import { tableLatency } from '../../src/search/operators/latency.js';
import { mnasnet as space } from '../../src/spaces/mnasnet/space.js';
import type { Architecture } from '../../src/spaces/space.js';

/** A quantity of networks, `[architecture]`. */
export type Known = (architectures: readonly Architecture[]) => Float64Array;

/** What stands for training and timing a network of MnasNet, and how far it is off on networks that it has not seen. */
export interface Surrogate {
  /** ImageNet top-1 accuracy, %. */
  readonly accuracy: Known;
  readonly accuracyError: {
    readonly spearman: number;
    readonly meanPoints: number;
    readonly unseen: number;
  };
  /** By device, ms; on GPUs the milliseconds per image of its throughput. */
  readonly latencyMs: Readonly<Record<string, Known>>;
  /** By device, of the networks that were measured, ms. */
  readonly measuredMs: Readonly<Record<string, Float64Array>>;
  /** By device. */
  readonly latencySpearman: Readonly<Record<string, number>>;
}

/** Columns of the table, and what a value of them is in ms. */
const DEVICES: Readonly<Record<string, readonly [column: string, ms: (value: number) => number]>> = {
  zcu102: ['latency_zcu102_ms', (ms) => ms],
  a100: ['throughput_a100_img_s', (perSecond) => 1000 / perSecond],
  rtx3090: ['throughput_3090_img_s', (perSecond) => 1000 / perSecond],
};
const SEEN = 2500;

/**
 * A surrogate of Accel-NASBench (Ahmad et al., arXiv:2404.08005), which has measured 5,138 networks: accuracy as a sum over
 * choices and pairs of choices, latency as a sum over blocks. Both are learned from 2,500 networks.
 */
export async function mnasnetSurrogate(shared: string): Promise<Surrogate> {
  const file = join(shared, 'accelnasbench/mnasnet_accel.csv.gz');
  const columns = ['val_top1', ...Object.values(DEVICES).map(([column]) => column)];
  const { architectures, values } = await readArchitectureTable(file, space, columns);
  const order = new Random(1).permutation(architectures.length);
  const part = (rows: Uint32Array | Int32Array, of: Float64Array) => ({
    networks: Array.from(rows, (i) => architectures[i]),
    values: Float64Array.from(rows, (i) => of[i]),
  });
  const [seen, unseen] = [order.subarray(0, SEEN), order.subarray(SEEN)];
  const learned = part(seen, values.val_top1);
  const model = MultilinearModel.fit(space, learned.networks, learned.values);
  const held = part(unseen, values.val_top1);
  const predicted = model.predict(held.networks);
  const latencyMs: Record<string, Known> = {};
  const measuredMs: Record<string, Float64Array> = {};
  const latencySpearman: Record<string, number> = {};
  for (const [device, [column, msOf]] of Object.entries(DEVICES)) {
    const ms = values[column].map(msOf);
    measuredMs[device] = ms;
    const known = part(seen, ms);
    const table = await tableLatency(
      space,
      { architectures: known.networks, values: known.values, metric: LATENCY },
      1,
    );
    latencyMs[device] = await blockSum(table);
    const rest = part(unseen, ms);
    latencySpearman[device] = spearman(latencyMs[device](rest.networks), rest.values);
  }
  return {
    accuracy: (networks) => model.predict(networks),
    accuracyError: {
      spearman: spearman(predicted, held.values),
      meanPoints: mean(Array.from(predicted, (value, i) => Math.abs(value - held.values[i]))),
      unseen: unseen.length,
    },
    latencyMs,
    measuredMs,
    latencySpearman,
  };
}

/** An additive table as numbers: what each block adds to a network of the first options. */
async function blockSum(table: (networks: readonly Architecture[]) => Promise<Float64Array>): Promise<Known> {
  const units = new Map<string, number>();
  const base = new Uint8Array(space.slots.length);
  const [baseMs] = await table([base]);
  const blocks = base.length / SLOTS_PER_BLOCK;
  for (let block = 0; block < blocks; block++) {
    const variants = variantsOf(base, block);
    const ms = await table(variants);
    variants.forEach((variant, i) => {
      units.set(space.units(variant)[block], ms[i] - baseMs);
    });
  }
  return (networks) =>
    Float64Array.from(networks, (network) =>
      space.units(network).reduce((sum, unit) => sum + units.get(unit)!, baseMs),
    );
}

const SLOTS_PER_BLOCK = 4;

/** The network with every form of one block. */
function variantsOf(base: Architecture, block: number): Architecture[] {
  let variants = [base];
  for (let slot = block * SLOTS_PER_BLOCK; slot < (block + 1) * SLOTS_PER_BLOCK; slot++) {
    variants = variants.flatMap((variant) =>
      space.slots[slot].options.map((_, option) => variant.with(slot, option)),
    );
  }
  return variants;
}
