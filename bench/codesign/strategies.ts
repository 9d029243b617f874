import { plainTable } from '../../cli/table.js';
import { frontOfPairs } from '../../src/search/codesign/front.js';
import { bestByNetwork } from '../../src/search/codesign/frontier.js';
import type { FrontierPoint } from '../../src/search/codesign/frontier-file.js';
import { pairEvaluator, rewardObjective } from '../../src/search/codesign/pair-evaluator.js';
import { pairPool } from '../../src/search/codesign/pair-pool.js';
import {
  type PairMetrics,
  type Ranges,
  rewardOf,
  type Scenario,
} from '../../src/search/codesign/scenario.js';
import { readArchitectureTable } from '../../src/search/evaluators/accuracy-table.js';
import { hypervolume } from '../../src/search/hypervolume.js';
import { bestSoFar } from '../../src/search/report/curve.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import { isTrained } from '../../src/search/trial.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { meanStdText } from '../format.js';
import { resnetOnItsBest } from './resnet.js';

export const SCENARIOS = ['unconstrained', 'latency', 'accuracy-area'] as const;
/** The three published ones, and what they have to beat. */
export const PAIR_STRATEGIES = ['combined', 'phase', 'separate', 'random', 'evolution', 'local'] as const;
const BUDGET = 500;
const STEPS = [50, 100, 200, 500];
/** 100 ms where ResNet on its best accelerator takes 42 ms. */
const PUBLISHED_SLACK = 100 / 42;

/** What a search leaves behind. */
export interface PairSearchRow {
  readonly kind: 'search';
  readonly scenario: string;
  readonly strategy: string;
  readonly seed: number;
  readonly definition: Scenario;
  readonly ranges: Ranges;
  /** Best reward after each of the steps. */
  readonly reward: readonly number[];
  /** The pairs that no other one of the run dominates. */
  readonly front: readonly PairMetrics[];
  /** Distinct networks among the pairs: what had to be trained. */
  readonly networks: number;
  readonly seconds: number;
}

/** Accuracies by network, and the scenarios with the published weights. */
export async function joint(file: string, column: string) {
  const { architectures, values } = await readArchitectureTable(file, nasbench201, [column]);
  const accuracies = new Map(
    bestByNetwork(nasbench201, architectures, values[column]).map((i) => [
      nasbench201.format(nasbench201.prune(architectures[i])),
      values[column][i],
    ]),
  );
  const maxLatencyMs = resnetOnItsBest().latencyMs * PUBLISHED_SLACK;
  const scenarios: Record<string, Scenario> = {
    unconstrained: { weights: { area: 0.1, latency: 0.8, accuracy: 0.1 }, limits: {} },
    latency: { weights: { area: 0.1, latency: 0, accuracy: 0.9 }, limits: { maxLatencyMs } },
    'accuracy-area': {
      weights: { area: 0, latency: 1, accuracy: 0 },
      limits: { minAccuracyPercent: 92, maxAreaMm2: 100 },
    },
  };
  return { accuracies, scenarios };
}

export async function searchPair(
  { accuracies, scenarios }: Awaited<ReturnType<typeof joint>>,
  scenario: string,
  strategy: string,
  seed: number,
): Promise<PairSearchRow> {
  const definition = scenarios[scenario];
  const pool = pairPool(nasbench201, {
    networks: new Set(accuracies.keys()),
    limits: definition.limits,
  });
  const task = {
    pool,
    objective: rewardObjective(pool, definition),
    budget: BUDGET,
    seed,
  };
  const search = new Search({ ...task, strategy: strategyNamed(strategy).create(task).strategy });
  const networks = {
    evaluate: async (network: Uint8Array) => ({ accuracy: accuracies.get(nasbench201.format(network))! }),
  };
  const started = performance.now();
  await runSearch(search, pairEvaluator(pool, definition, networks), { pool });
  const trained = search.trials.filter(isTrained);
  const pairs = trained.map(({ candidate, outcome }) => ({
    accuracyPercent: outcome.accuracy,
    ...pool.metricsOf(pool.architectures[candidate]),
  }));
  const front = frontOfPairs({
    accuracy: pairs.map((pair) => pair.accuracyPercent),
    latencyMs: pairs.map((pair) => pair.latencyMs),
    areaMm2: pairs.map((pair) => pair.areaMm2),
  });
  const curve = bestSoFar(search.trials);
  const different = trained.map(({ candidate }) =>
    pool.pairs.networkOf(pool.architectures[candidate]).join(),
  );
  return {
    kind: 'search',
    scenario,
    strategy,
    seed,
    definition,
    ranges: pool.ranges,
    reward: STEPS.map((n) => curve[Math.min(n, curve.length) - 1]),
    front: front.map((i) => pairs[i]),
    networks: new Set(different).size,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Rewards and hypervolumes, mean ± std over seeds, beside what the exact frontier has. */
export function printStrategies(rows: readonly PairSearchRow[], frontier: readonly FrontierPoint[]): void {
  const volume = volumeWithin(frontier);
  for (const scenario of SCENARIOS) {
    const own = rows.filter((row) => row.scenario === scenario);
    if (own.length === 0) continue;
    const { definition, ranges } = own[0];
    const optimum = Math.max(...frontier.map((point) => rewardOf(definition, ranges, point)));
    const head = [
      scenario,
      ...STEPS.map((n) => `reward after ${n}`),
      'share of hypervolume',
      'optimum found',
      'networks trained',
      's',
    ];
    const table = plainTable(head);
    for (const strategy of PAIR_STRATEGIES) {
      const runs = own.filter((row) => row.strategy === strategy);
      if (runs.length === 0) continue;
      const found = runs.filter(({ reward }) => reward[STEPS.length - 1] >= optimum - 1e-12).length;
      table.push([
        strategy,
        ...STEPS.map((_, i) =>
          meanStdText(
            runs.map(({ reward }) => reward[i]),
            4,
          ),
        ),
        meanStdText(
          runs.map(({ front }) => volume(front)),
          3,
        ),
        `${found}/${runs.length}`,
        meanStdText(
          runs.map(({ networks }) => networks),
          0,
        ),
        meanStdText(
          runs.map(({ seconds }) => seconds),
          1,
        ),
      ]);
    }
    console.log(table.toString());
    const { maxLatencyMs, minAccuracyPercent, maxAreaMm2 } = definition.limits;
    const limits = [
      maxLatencyMs === undefined ? [] : [`latency at most ${maxLatencyMs.toFixed(2)} ms`],
      minAccuracyPercent === undefined ? [] : [`accuracy at least ${minAccuracyPercent} %`],
      maxAreaMm2 === undefined ? [] : [`area at most ${maxAreaMm2} mm²`],
    ].flat();
    console.log(`best reward of all pairs: ${optimum.toFixed(4)}; ${limits.join(', ') || 'no limits'}`);
  }
}

/** Share of the exact frontier's hypervolume, each axis from the frontier's worst to its best, costs by their logarithm. */
function volumeWithin(frontier: readonly PairMetrics[]): (front: readonly PairMetrics[]) => number {
  const axes = ({ accuracyPercent, latencyMs, areaMm2 }: PairMetrics) => [
    accuracyPercent,
    -Math.log(latencyMs),
    -Math.log(areaMm2),
  ];
  const points = frontier.map(axes);
  const worst = [0, 1, 2].map((axis) => Math.min(...points.map((point) => point[axis])));
  const exact = hypervolume(points, worst);
  return (front) => hypervolume(front.map(axes), worst) / exact;
}
