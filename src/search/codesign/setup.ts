import { InputError } from '../../base/errors.js';
import { spaceNamed } from '../../spaces/registry.js';
import { columnReference, readArchitectureTable } from '../evaluators/accuracy-table.js';
import type { Evaluator } from '../evaluators/evaluator.js';
import { assertPercentages } from '../evaluators/percentages.js';
import type { Objective } from '../objective.js';
import { describedEvaluator, evaluatorOf, type PreparedSearch, type SearchSource } from '../setup.js';
import { networkTable } from './network-table.js';
import { pairEvaluator, rewardObjective } from './pair-evaluator.js';
import { pairPool } from './pair-pool.js';
import { parseWeights, type Scenario } from './scenario.js';
import { STRATEGIES_FOR_PAIRS } from './strategies.js';

/** Where a search for pairs of a network and an accelerator gets its data. */
export interface CodesignSource extends SearchSource {
  readonly strategy: string;
  /** Weights of area, latency and accuracy: `0.1,0.8,0.1`. */
  readonly codesign?: string;
  /** Largest area of the accelerator in mm². */
  readonly maxArea?: number;
  /** In percent; lower accuracies are punished. */
  readonly minAccuracy?: number;
}

/** @throws InputError for incompatible options, and for anything wrong in the files */
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
  const { device = [], maxLatency = [] } = flags;
  if (flags.objective !== 'accuracy' || device.length > 0 || maxLatency.length > 1) {
    throw new InputError(
      'the device is the accelerator that is searched for; it takes one --max-latency, and no --device or --objective',
      { field: '--codesign' },
    );
  }
  const space = typeof flags.space === 'string' ? spaceNamed(flags.space) : flags.space;
  const scenario: Scenario = {
    weights: parseWeights(flags.codesign),
    limits: {
      maxLatencyMs: maxLatency[0],
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
      evaluator: describedEvaluator(flags),
      candidates: pool.size,
      weights: scenario.weights,
      limits: scenario.limits,
    },
  };

  async function source(): Promise<{ evaluator: Evaluator; networks?: ReadonlySet<string> }> {
    if (flags.evaluator !== undefined) {
      return { evaluator: evaluatorOf(space, flags.evaluator, flags) };
    }
    const { file, column } = columnReference(flags.accuracy ?? '', '--accuracy');
    const { architectures, values } = await readArchitectureTable(file, space, [column]);
    assertPercentages(values[column], { file, column });
    return networkTable(space, architectures, values[column]);
  }
}
