import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { TempographClient, TempographError } from '../client/index.js';
import { keepLease } from '../fleet/keep-lease.js';
import { serviceSpace } from '../fleet/service-space.js';
import { cleanText } from '../src/base/clean-text.js';
import { InputError } from '../src/base/errors.js';
import { commandEvaluator } from '../src/search/evaluators/command-evaluator.js';
import type { Outcome } from '../src/search/trial.js';
import { interruptible } from './interruptible.js';
import { httpAddress, integer, nonNegative } from './options.js';
import { sayRetry } from './say-retry.js';

interface WorkerFlags {
  server: string;
  evaluator: string;
  parallel: number;
  lease: number;
  timeout?: number;
  retries: number;
  worker?: string;
}

/** Pause after an answer without networks, ms. */
const POLL_MS = 2000;

/** `tempograph search-worker`: trains the networks of a service's search. */
export function registerSearchWorker(command: Command): void {
  command
    .argument('<search>', 'identifier of the search')
    .requiredOption(
      '--evaluator <command>',
      'trains {arch}; the last line of its stdout must be {"accuracy": …}',
    )
    .option('--server <url>', 'address of the service', httpAddress('server'), 'http://localhost:8080')
    .option('--parallel <n>', 'networks trained at the same time', integer('parallel', 1), 1)
    .option(
      '--lease <s>',
      'seconds after the worker’s last sign of life before its networks are offered to others',
      integer('lease', 3),
      60,
    )
    .option(
      '--timeout <s>',
      'seconds after which an attempt of the command is killed (default: never)',
      nonNegative('timeout'),
    )
    .option('--retries <n>', 'further attempts after the command failed', integer('retries'), 0)
    .option('--worker <name>', 'name of this worker (default: host and process)')
    .addHelpText(
      'after',
      `
Asks for networks, trains them and reports their accuracies until the search is over. If the service requires an API
key, set TEMPOGRAPH_KEY to one with the role measure.

Example:
  $ curl -s localhost:8080/v1/searches -H 'content-type: application/json' \\
      -d '{"space": "nasbench201", "budget": 50, "evaluator": {"kind": "ask-tell"}}'
  $ tempograph search-worker 0b4c… --evaluator "python train.py {arch}" --parallel 2`,
    )
    .action((search: string, flags: WorkerFlags) => interruptible((signal) => work(search, flags, signal)));
}

async function work(search: string, flags: WorkerFlags, signal: AbortSignal): Promise<void> {
  const { server: url, evaluator: command, timeout, retries, lease: leaseSeconds } = flags;
  const worker = flags.worker ?? `${hostname()}-${process.pid}`;
  const key = process.env.TEMPOGRAPH_KEY || undefined;
  const client = new TempographClient({
    url,
    key,
    retries: Number.POSITIVE_INFINITY,
    firstWaitMs: 1000,
    onRetry: sayRetry,
  });
  let [trained, failed] = [0, 0];

  const keepEveryMs = (leaseSeconds * 1000) / 3;
  /** Reports a result; one that the service refuses (an impossible accuracy) is reported as an error. */
  const tell = async (number: number, outcome: Outcome): Promise<Outcome> => {
    try {
      await client.tell(search, { worker, results: [{ number, ...outcome }] }, { signal });
      return outcome;
    } catch (error) {
      if (!(error instanceof TempographError) || error.status !== 400 || 'error' in outcome) throw error;
      return tell(number, told({ error: `the service refused the result: ${error.message}` }));
    }
  };

  const trainAll = async (): Promise<void> => {
    while (!signal.aborted) {
      const asked = await client.ask(search, { worker, count: 1, leaseSeconds }, { signal });
      const space = await serviceSpace(asked.space, client, signal);
      const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
      const evaluator = commandEvaluator({ space, command, timeoutMs, retries });
      for (const { number, architecture } of asked.trials) {
        const holding = { worker, count: 0, holding: [number], leaseSeconds };
        const stop = keepLease(keepEveryMs, (ended) => client.ask(search, holding, { signal: ended }));
        const evaluated = await evaluator.evaluate(space.parse(architecture), signal).finally(stop);
        // An interrupted network is offered again after its lease.
        if (signal.aborted) return;
        const outcome = await tell(number, told(evaluated));
        'accuracy' in outcome ? trained++ : failed++;
        console.error(`${number}: ${'accuracy' in outcome ? `${outcome.accuracy} %` : outcome.error}`);
      }
      if (asked.state !== 'queued' && asked.state !== 'running') return;
      if (asked.trials.length === 0) await sleep(POLL_MS, undefined, { signal });
    }
  };
  try {
    await Promise.all(Array.from({ length: flags.parallel }, trainAll));
  } catch (error) {
    if (error instanceof TempographError) throw new InputError(error.message);
    if (!signal.aborted) throw error;
  }
  console.log(`${trained} networks trained${failed > 0 ? `, ${failed} could not be` : ''}`);
}

/** The longest reason that the service accepts. */
const LONGEST_REASON = 2000;

function told(outcome: Outcome): Outcome {
  return 'error' in outcome
    ? { ...outcome, error: cleanText(outcome.error.slice(0, LONGEST_REASON)) || 'failed' }
    : outcome;
}
