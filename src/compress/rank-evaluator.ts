import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandEvaluator } from '../search/evaluators/command-evaluator.js';
import type { Evaluator } from '../search/evaluators/evaluator.js';
import type { CompressibleModel } from './compressible-model.js';
import type { RankPool } from './rank-pool.js';

/** Replaced by the path of a model's file. */
const PLACEHOLDER = '{model}';

/**
 * Evaluates models with a command of the user's, which is given an ONNX file. The last line of its stdout
 * must be a JSON object with a number `accuracy`, where more is better.
 *
 * @throws InputError if the command line has no `{model}`, or a quote that is never closed
 */
export function modelEvaluator(
  model: CompressibleModel,
  command: string,
  { timeout, retries }: { readonly timeout?: number; readonly retries?: number },
): Evaluator {
  return commandEvaluator({
    space: model.ranks.space,
    argument: {
      placeholder: PLACEHOLDER,
      async with(architecture, body) {
        const folder = await mkdtemp(join(tmpdir(), 'tempograph-'));
        try {
          const file = join(folder, 'model.onnx');
          await writeFile(file, model.onnx(architecture));
          return await body(file);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      },
    },
    command,
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    retries,
  });
}

/** Adds the reward and the costs of a model to each accuracy. */
export function rewardedEvaluator(pool: RankPool, evaluator: Evaluator): Evaluator {
  const { goal } = pool;
  return {
    async evaluate(architecture, signal) {
      const outcome = await evaluator.evaluate(architecture, signal);
      if ('error' in outcome) return outcome;
      if (pool.candidateOf(architecture) === pool.dense) goal.denseAccuracy = outcome.accuracy;
      const { costs } = goal;
      const latencyMs = costs.latencyMs?.(architecture);
      return {
        ...outcome,
        reward: goal.reward(outcome.accuracy, architecture),
        details: {
          ...outcome.details,
          parameters: costs.parameters(architecture),
          ...(latencyMs !== undefined && { latencyMs }),
        },
      };
    },
  };
}
