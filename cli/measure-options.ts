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
  deadOperationsOption("whether operations that can't reach the output are run").default('pruned'),
  new Option('--image-size <pixels>', "height and width of the images (default: the space's own)").argParser(
    integer('image-size', 1),
  ),
  new Option('--seed <n>', 'seed of the sample, the weights and the order')
    .argParser(integer('seed'))
    .default(1),
];

export interface OnnxModelFlags {
  deadOps: DeadOperations;
  imageSize?: number;
  seed: number;
}

/** Options that choose generated networks. */
export const generatedOptions = (): Option[] => [
  new Option(
    '--probes <set>',
    'networks that teach a device; standard: random mixtures of operators; kernels: chains of one kernel each, for boards that report only totals',
  ).choices(Object.keys(probeSets)),
  new Option('--families <n>', `networks of each of ${families.length} families`).argParser(
    integer('families', 1),
  ),
];

/** Options that say what runs the models, and how often. */
export const targetOptions = (): Option[] => [
  new Option('--threads <n>', 'threads of onnxruntime').argParser(integer('threads', 1)).default(1),
  new Option('--provider <name>', 'execution provider of onnxruntime').default('cpu'),
  new Option(
    '--runner <command>',
    'command that measures on another board: it gets the path of an ONNX file as its last argument, and prints {"latency_ms": 1.23}, with other metrics if it has them',
  ),
  new Option('--timeout <s>', 'seconds after which a call of the runner is killed')
    .argParser(integer('timeout', 1))
    .default(300),
  new Option('--retries <n>', 'further attempts after the runner failed')
    .argParser(integer('retries'))
    .default(2),
  new Option('--runs <n>', 'timed runs of each network')
    .argParser(integer('runs', 1))
    .default(defaultProtocol.runs),
  new Option('--rounds <n>', 'groups into which the runs are divided, far apart in time')
    .argParser(integer('rounds', 1))
    .default(defaultProtocol.rounds),
  new Option('--extra-rounds <n>', 'most additional rounds for networks whose groups disagree')
    .argParser(integer('extra-rounds'))
    .default(defaultProtocol.extraRounds),
  new Option(
    '--by-turns',
    'for a machine with other work: measure CPU time, alternating each run with one of a reference network',
  ),
  new Option(
    '--profile',
    'also time every kernel of ONNX files, by the profiler of onnxruntime or the nodes the runner prints',
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

/** What runs the models according to the flags, and the facts about it for a card. */
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
        optimisations: 'all, so equal operations on one tensor run once',
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
    `what the runner prints as ${names.join(', ')} is left out: a metric's name needs a unit, as in energy_mj, memory_mb or co2:g`,
  );
}

/** Rounds in which kernels are timed, with --profile. */
const PROFILES = 4;

export function protocolOf(flags: TargetFlags, seed: number): MeasurementProtocol {
  const { runs, rounds, extraRounds, byTurns, profile, runner } = flags;
  if (rounds > runs) {
    throw new InputError(
      `${runs} runs cannot be divided into ${rounds} rounds; every round needs at least one`,
      {
        field: '--rounds',
      },
    );
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
