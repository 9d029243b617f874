import { Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { defaultProtocol, type MeasurementProtocol } from '../src/measure/campaign.js';
import { commandTarget } from '../src/measure/command-target.js';
import { onnxruntimeTarget } from '../src/measure/onnxruntime-target.js';
import type { Target } from '../src/measure/target.js';
import { GROUP_RULES } from '../src/measure/timed-group.js';
import type { DeadOperations } from '../src/spaces/space.js';
import { deadOperationsOption, integer } from './options.js';

/** Options of commands that turn architectures into ONNX models. */
export const networkOptions = (): Option[] => [
  deadOperationsOption("whether operations that can't reach the output run").default('pruned'),
  new Option('--image-size <pixels>', "height and width of the images (default: the space's own)").argParser(
    integer('image-size', 1),
  ),
  new Option('--seed <n>', 'of the sample, the weights and the order').argParser(integer('seed')).default(1),
];

export interface NetworkFlags {
  deadOps: DeadOperations;
  imageSize?: number;
  seed: number;
}

/** Options that say what runs the models, and how often. */
export const targetOptions = (): Option[] => [
  new Option('--threads <n>', 'threads of onnxruntime').argParser(integer('threads', 1)).default(1),
  new Option('--provider <name>', 'execution provider of onnxruntime').default('cpu'),
  new Option(
    '--runner <command>',
    'measures on another board: run with an ONNX file\'s path as last argument, prints {"latency_ms": 1.23}',
  ),
  new Option('--timeout <s>', 'longest time that the runner may take')
    .argParser(integer('timeout', 1))
    .default(300),
  new Option('--retries <n>', 'times that a failed runner is called again')
    .argParser(integer('retries'))
    .default(2),
  new Option('--runs <n>', 'runs of each network that count')
    .argParser(integer('runs', 1))
    .default(defaultProtocol.runs),
  new Option('--rounds <n>', 'groups that the runs are made in, far apart in time')
    .argParser(integer('rounds', 1))
    .default(defaultProtocol.rounds),
  new Option('--extra-rounds <n>', 'more rounds for networks whose groups disagree')
    .argParser(integer('extra-rounds'))
    .default(defaultProtocol.extraRounds),
];

export interface TargetFlags {
  threads: number;
  provider: string;
  runner?: string;
  timeout: number;
  retries: number;
  runs: number;
  rounds: number;
  extraRounds: number;
}

/** What the flags say runs the models, and the facts about it for a card. */
export function targetOf(
  flags: TargetFlags,
  signal: AbortSignal,
): { target: Target; runtime: Record<string, string | number>; groupRules: string } {
  const { runner, provider, threads, timeout, retries } = flags;
  if (runner === undefined) {
    return {
      target: onnxruntimeTarget({ provider, threads }),
      runtime: {
        name: 'onnxruntime-node',
        provider,
        threads,
        optimisations: 'all, so that equal operations on one tensor run once',
      },
      groupRules: GROUP_RULES,
    };
  }
  if (runner.trim() === '') throw new InputError('the command is empty', { field: '--runner' });
  return {
    target: commandTarget({ command: runner, timeoutMs: 1000 * timeout, retries, signal }),
    runtime: { name: 'command', command: runner },
    groupRules: 'made by the command',
  };
}

export function protocolOf({ runs, rounds, extraRounds }: TargetFlags, seed: number): MeasurementProtocol {
  if (rounds > runs) {
    throw new InputError(`${rounds} rounds cannot share ${runs} runs; every round needs one`, {
      field: '--rounds',
    });
  }
  return { ...defaultProtocol, runs, rounds, extraRounds, seed };
}
