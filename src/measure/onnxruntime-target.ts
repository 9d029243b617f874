import * as ort from 'onnxruntime-node';
import { OperatorGraph } from '../arch/graph.js';
import { InputError, quote } from '../errors.js';
import { networkModel } from '../onnx/network-model.js';
import { Random } from '../random.js';
import { interquartileMean, quartiles } from './statistics.js';
import type { LoadedModel, Target, Timing } from './target.js';

export interface OnnxruntimeOptions {
  /** Execution provider, `cpu` for example. */
  readonly provider: string;
  /** Threads inside an operator. */
  readonly threads: number;
}

/** The warm-up compares the medians of consecutive windows of this many runs … */
const WINDOW = 5;
/** … and ends when they differ by less than this share … */
const SETTLED = 0.02;
/** … or after this many windows. */
const MOST_WINDOWS = 10;
/** Runs that another process interrupted are made again, until there have been this many times the wanted runs. */
const MOST_TRIES = 3;

/** These rules in words, for cards. */
export const ONNXRUNTIME_RULES =
  `warm-up until the medians of two consecutive windows of ${WINDOW} runs differ by less than ` +
  `${100 * SETTLED} %, at most ${WINDOW * MOST_WINDOWS} runs; runs in which the system gave the CPU to another ` +
  `process are made again, up to ${MOST_TRIES} times as many runs in all`;

/**
 * This machine, through onnxruntime with all graph optimisations. A run is one call from JavaScript with the same
 * input; its latency is what the caller waits for, the call's own cost included.
 *
 * @throws InputError if this build of onnxruntime does not have the execution provider
 */
export function onnxruntimeTarget({ provider, threads }: OnnxruntimeOptions): Target {
  const providers = ort.listSupportedBackends().map(({ name }) => name);
  if (!providers.includes(provider)) {
    throw new InputError(
      `there is no execution provider ${quote(provider)} here; there are ${providers.join(', ')}`,
      { field: '--provider' },
    );
  }
  return {
    async load(model: Uint8Array): Promise<LoadedModel> {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
      });
      const feeds = feedsOf(session);
      return { time: (runs) => timed(() => session.run(feeds), runs), release: () => session.release() };
    },
  };
}

/** What a call costs that computes nothing, milliseconds: a part of every latency. */
export async function callOverheadMs(target: Target): Promise<number> {
  const graph = new OperatorGraph();
  graph.output(graph.add({ kind: 'identity' }, [graph.input([1])]));
  const model = await target.load(networkModel(graph, { batch: 1, seed: 1 }));
  const { runsMs } = await model.time(200).finally(() => model.release());
  return interquartileMean(runsMs);
}

/** A group of runs behind its warm-up. */
async function timed(run: () => Promise<unknown>, runs: number): Promise<Timing> {
  let before = await windowMedian(run);
  let windows = 1;
  let stable = false;
  while (!stable && windows < MOST_WINDOWS) {
    const now = await windowMedian(run);
    windows++;
    stable = Math.abs(now / before - 1) < SETTLED;
    before = now;
  }
  const runsMs: number[] = [];
  const interruptedMs: number[] = [];
  while (runsMs.length < runs && runsMs.length + interruptedMs.length < MOST_TRIES * runs) {
    const switches = process.resourceUsage().involuntaryContextSwitches;
    const latencyMs = await runMs(run);
    const interrupted = process.resourceUsage().involuntaryContextSwitches > switches;
    (interrupted ? interruptedMs : runsMs).push(latencyMs);
  }
  const interrupted = interruptedMs.length;
  // Where nothing runs in peace, the shortest are what is nearest to it.
  interruptedMs.sort((a, b) => a - b);
  while (runsMs.length < runs) runsMs.push(interruptedMs.shift() as number);
  return { runsMs, warmUps: windows * WINDOW, stable, interrupted };
}

async function windowMedian(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  while (times.length < WINDOW) times.push(await runMs(run));
  return quartiles(times).median;
}

async function runMs(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Random inputs in 0 … 1; token 0 where there are tokens. A dynamic batch is one. */
function feedsOf(session: ort.InferenceSession): Record<string, ort.Tensor> {
  const random = new Random(1);
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      const shape = input.isTensor ? input.shape.map((d) => (typeof d === 'number' ? d : 1)) : [];
      const size = shape.reduce((product, d) => product * d, 1);
      const tensor =
        input.isTensor && input.type === 'int64'
          ? new ort.Tensor('int64', new BigInt64Array(size), shape)
          : new ort.Tensor(
              'float32',
              Float32Array.from({ length: size }, () => random.uniform()),
              shape,
            );
      return [input.name, tensor];
    }),
  );
}
