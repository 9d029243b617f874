import { InputError } from '../src/base/errors.js';
import { loadSamples } from '../src/datasets/load.js';
import { type LatencyLimit, withinLimits } from '../src/search/constraints.js';
import {
  columnReference,
  readArchitectureTable,
  tableEvaluator,
} from '../src/search/evaluators/accuracy-table.js';
import { commandEvaluator } from '../src/search/evaluators/command-evaluator.js';
import type { Evaluator } from '../src/search/evaluators/evaluator.js';
import { latencyOf, type Margin } from '../src/search/latency-source.js';
import type { Objective } from '../src/search/objective.js';
import { type CandidatePool, poolOf, poolOfSpace } from '../src/search/pool.js';
import type { StrategyTask } from '../src/search/strategies/strategy.js';
import { spaceNamed } from '../src/spaces/registry.js';

/** Flags that say which networks there are, how good and how fast they are. */
export interface SearchSource {
  space: string;
  accuracy?: string;
  evaluator?: string;
  timeout?: number;
  retries: number;
  objective: 'accuracy' | 'pareto';
  device: string[];
  maxLatency: number[];
  latency?: string;
  models: string;
  confidence: number;
  margin?: number;
  proxy: string[];
  pretrain?: string;
  seed: number;
}

export interface PreparedSearch {
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
  /** What the search raises, where `--objective` does not say. */
  readonly objective?: Objective;
  /** What strategies may learn from beside accuracies. */
  readonly hints: Pick<StrategyTask, 'proxies' | 'pretraining'>;
  /** The best accuracy in the pool, where all of it is known. */
  readonly optimum?: number;
  /** By device, ms; without those that are only axes of the front. */
  readonly limits?: Readonly<Record<string, number>>;
  /** What a run's log says of it. */
  readonly described: Record<string, unknown>;
}

/** @throws InputError for flags that do not go together, and whatever reading the files finds */
export async function prepareSearch(flags: SearchSource): Promise<PreparedSearch> {
  if ((flags.accuracy === undefined) === (flags.evaluator === undefined)) {
    throw new InputError('say either --accuracy <file:column> or --evaluator <command>');
  }
  const space = spaceNamed(flags.space);
  const { all, evaluator, accuracyOf } = await source();
  const limits = await latencyLimits(flags, all);
  const pool = limits.length > 0 ? withinLimits(all, limits) : all;
  return {
    pool,
    evaluator,
    hints: await hintsOf(flags, pool),
    optimum: accuracyOf && pool.architectures.map(accuracyOf).reduce((a, b) => Math.max(a, b)),
    limits: Object.fromEntries(
      limits.filter(({ maxMs }) => maxMs < Number.MAX_VALUE).map(({ device, maxMs }) => [device, maxMs]),
    ),
    described: {
      space: space.name,
      evaluator: flags.evaluator ?? flags.accuracy,
      candidates: pool.size,
      limits: limits.map(({ device, maxMs }) => ({
        device,
        maxMs: maxMs < Number.MAX_VALUE ? maxMs : null,
        margin: flags.latency === undefined ? marginOf(flags) : null,
      })),
      ...(flags.proxy.length > 0 && { proxies: flags.proxy }),
      ...(flags.pretrain !== undefined && { pretrain: flags.pretrain }),
    },
  };

  async function source() {
    if (flags.evaluator !== undefined) {
      const { timeout, retries, evaluator: command } = flags;
      const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
      return {
        all: poolOfSpace(space, flags.seed),
        evaluator: commandEvaluator({ space, command, timeoutMs, retries }),
        accuracyOf: undefined,
      };
    }
    const { file, column } = columnReference(flags.accuracy ?? '', '--accuracy');
    const { architectures, values } = await readArchitectureTable(file, space, [column]);
    const accuracies = new Map(architectures.map((a, i) => [space.format(a), values[column][i]]));
    return {
      all: poolOf(space, architectures),
      evaluator: tableEvaluator(space, architectures, values[column]),
      accuracyOf: (architecture: Uint8Array) => accuracies.get(space.format(architecture)) ?? Number.NaN,
    };
  }
}

/** Proxies of every candidate's accuracy, and log latencies of those that were measured. */
async function hintsOf(
  { proxy, pretrain }: SearchSource,
  pool: CandidatePool,
): Promise<PreparedSearch['hints']> {
  const { space, architectures } = pool;
  const proxies: Float64Array[] = [];
  for (const reference of proxy) {
    const { file, column } = columnReference(reference, '--proxy');
    const table = await readArchitectureTable(file, space, [column]);
    const values = new Map(table.architectures.map((a, i) => [space.format(a), table.values[column][i]]));
    const missing = architectures.find((a) => !values.has(space.format(a)));
    if (missing) {
      throw new InputError(
        `there must be a value for each candidate, and ${space.format(missing)} has none`,
        {
          file,
          column,
        },
      );
    }
    proxies.push(Float64Array.from(architectures, (a) => values.get(space.format(a))!));
  }
  if (pretrain === undefined) return { proxies };
  const { file, column: device } = columnReference(pretrain, '--pretrain');
  const measured = await loadSamples(file, { space, device, duplicates: 'mean' });
  const pretraining = measured.architectures.flatMap((architecture, i) => {
    const candidate = pool.candidateOf(architecture);
    return candidate === undefined ? [] : [{ candidate, value: Math.log(measured.values[i]) }];
  });
  return { proxies, pretraining };
}

/** A limit for each device; none, that is infinite, for an axis of the front. */
async function latencyLimits(flags: SearchSource, pool: CandidatePool): Promise<LatencyLimit[]> {
  const { device: devices, maxLatency, objective } = flags;
  const unlimited = objective === 'pareto' && maxLatency.length === 0;
  if (!unlimited && devices.length !== maxLatency.length) {
    throw new InputError(
      `${devices.length} --device and ${maxLatency.length} --max-latency were given; each device needs its limit`,
    );
  }
  if (objective === 'pareto' && devices.length === 0) {
    throw new InputError('a front needs at least one --device beside the accuracy', { field: '--objective' });
  }
  const limits: LatencyLimit[] = [];
  for (const [i, device] of devices.entries()) {
    const { latency: measured, models } = flags;
    const latency = await latencyOf(pool, { device, measured, models, margin: marginOf(flags) });
    limits.push({ ...latency, maxMs: unlimited ? Number.MAX_VALUE : maxLatency[i] });
  }
  return limits;
}

function marginOf({ margin, confidence }: Pick<SearchSource, 'margin' | 'confidence'>): Margin {
  return margin === undefined ? { confidence } : { percent: margin };
}
