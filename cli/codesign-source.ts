import { InputError } from '../src/base/errors.js';
import { networkTable } from '../src/search/codesign/network-table.js';
import { pairEvaluator, rewardObjective } from '../src/search/codesign/pair-evaluator.js';
import { pairPool } from '../src/search/codesign/pair-pool.js';
import { parseWeights, type Scenario } from '../src/search/codesign/scenario.js';
import { STRATEGIES_FOR_PAIRS } from '../src/search/codesign/strategies.js';
import { columnReference, readArchitectureTable } from '../src/search/evaluators/accuracy-table.js';
import { commandEvaluator } from '../src/search/evaluators/command-evaluator.js';
import type { Evaluator } from '../src/search/evaluators/evaluator.js';
import type { Objective } from '../src/search/objective.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { PreparedSearch, SearchSource } from './search-source.js';

/** Flags of a search for pairs of a network and an accelerator. */
export interface CodesignSource extends SearchSource {
  strategy: string;
  /** Weights of area, latency and accuracy, as text. */
  codesign?: string;
  maxArea?: number;
  minAccuracy?: number;
}

/** @throws InputError for flags that do not go together, and whatever reading the files finds */
export async function prepareCodesign(
  flags: CodesignSource & { codesign: string },
): Promise<PreparedSearch & { readonly objective: Objective }> {
  if ((flags.accuracy === undefined) === (flags.evaluator === undefined)) {
    throw new InputError('say either --accuracy <file:column> or --evaluator <command>');
  }
  if (!STRATEGIES_FOR_PAIRS.includes(flags.strategy)) {
    throw new InputError(`with --codesign it must be one of ${STRATEGIES_FOR_PAIRS.join(', ')}`, {
      field: '--strategy',
    });
  }
  if (flags.objective !== 'accuracy' || flags.device.length > 0 || flags.maxLatency.length > 1) {
    throw new InputError(
      'the device is the accelerator that is searched for; it takes one --max-latency, and no --device or --objective',
      { field: '--codesign' },
    );
  }
  const space = spaceNamed(flags.space);
  const scenario: Scenario = {
    weights: parseWeights(flags.codesign),
    limits: {
      maxLatencyMs: flags.maxLatency[0],
      maxAreaMm2: flags.maxArea,
      minAccuracyPercent: flags.minAccuracy,
    },
  };
  const { evaluator, networks } = await source();
  const pool = pairPool(space, { networks, limits: scenario.limits });
  return {
    pool,
    objective: rewardObjective(pool, scenario),
    evaluator: pairEvaluator(pool, scenario, evaluator),
    hints: {},
    described: {
      space: pool.space.name,
      evaluator: flags.evaluator ?? flags.accuracy,
      candidates: pool.size,
      weights: scenario.weights,
      limits: scenario.limits,
    },
  };

  async function source(): Promise<{ evaluator: Evaluator; networks?: ReadonlySet<string> }> {
    if (flags.evaluator !== undefined) {
      const { timeout, retries, evaluator: command } = flags;
      const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
      return { evaluator: commandEvaluator({ space, command, timeoutMs, retries }) };
    }
    const { file, column } = columnReference(flags.accuracy ?? '', '--accuracy');
    const { architectures, values } = await readArchitectureTable(file, space, [column]);
    return networkTable(space, architectures, values[column]);
  }
}
