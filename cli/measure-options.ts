import { Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { defaultProtocol, type MeasurementProtocol } from '../src/measure/campaign.js';
import { commandTarget } from '../src/measure/command-target.js';
import { INTERLEAVED_RULES } from '../src/measure/interleaved-group.js';
import { onnxruntimeTarget } from '../src/measure/onnxruntime-target.js';
import type { Target } from '../src/measure/target.js';
import { GROUP_RULES } from '../src/measure/timed-group.js';
import { families } from '../src/onnx/generate/families/registry.js';
import { probeSets } from '../src/onnx/generate/generated-networks.js';
import type { DeadOperations } from '../src/spaces/space.js';
import { deadOperationsOption, integer } from './options.js';

/** Options of commands that turn architectures into ONNX models. */
export const onnxModelOptions = (): Option[] => [
  deadOperationsOption("whether operations that can't reach the output run").default('pruned'),
  new Option('--image-size <pixels>', "height and width of the images (default: the space's own)").argParser(
    integer('image-size', 1),
  ),
  new Option('--seed <n>', 'of the sample, the weights and the order').argParser(integer('seed')).default(1),
];

export interface OnnxModelFlags {
  deadOps: DeadOperations;
  imageSize?: number;
  seed: number;
}

/** Options that choose networks that tempograph generates. */
export const generatedOptions = (): Option[] => [
  new Option(
    '--probes <set>',
    'networks that teach a device: standard, random mixtures of operators; kernels, chains of one kernel each for boards that only say totals',
  ).choices(Object.keys(probeSets)),
  new Option('--families <n>', `as many networks of each of ${families.length} families`).argParser(
    integer('families', 1),
  ),
];

/** Options that say what runs the models, and how often. */
export const targetOptions = (): Option[] => [
  new Option('--threads <n>', 'threads of onnxruntime').argParser(integer('threads', 1)).default(1),
  new Option('--provider <name>', 'execution provider of onnxruntime').default('cpu'),
  new Option(
    '--runner <command>',
    'measures on another board: run with an ONNX file\'s path as last argument, prints {"latency_ms": 1.23}, and other metrics beside it',
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
  new Option(
    '--by-turns',
    'on a machine with other work: CPU time, each run by turns with a reference network',
  ),
  new Option(
    '--profile',
    'time every kernel of ONNX files too: by the profiler of onnxruntime, or the nodes that the runner prints',
  ),
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
  byTurns?: boolean;
  profile?: boolean;
}

/** What the flags say runs the models, and the facts about it for a card. */
export function measuringTarget(
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
      groupRules: flags.byTurns ? INTERLEAVED_RULES : GROUP_RULES,
    };
  }
  if (runner.trim() === '') throw new InputError('the command is empty', { field: '--runner' });
  return {
    target: commandTarget({ command: runner, timeoutMs: 1000 * timeout, retries, signal, onLeftOut }),
    runtime: { name: 'command', command: runner },
    groupRules: 'made by the command',
  };
}

function onLeftOut(names: readonly string[]): void {
  console.error(
    `what the runner prints as ${names.join(', ')} is left out: a metric is named with its unit, as energy_mj, memory_mb, or co2:g`,
  );
}

/** Rounds in which kernels are timed, where they are. */
const PROFILES = 4;

export function protocolOf(flags: TargetFlags, seed: number): MeasurementProtocol {
  const { runs, rounds, extraRounds, byTurns, profile, runner } = flags;
  if (rounds > runs) {
    throw new InputError(`${rounds} rounds cannot share ${runs} runs; every round needs one`, {
      field: '--rounds',
    });
  }
  if (byTurns && runner !== undefined) {
    throw new InputError('a runner decides for itself when it runs what', { field: '--by-turns' });
  }
  return {
    ...defaultProtocol,
    runs,
    rounds,
    extraRounds,
    seed,
    ...(byTurns ? { interleaved: true } : {}),
    ...(profile ? { profiles: Math.min(rounds, PROFILES) } : {}),
  };
}
