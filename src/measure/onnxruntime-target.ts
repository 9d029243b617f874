import { InputError, quote } from '../base/errors.js';
import * as ort from '../base/onnxruntime.js';
import { OperatorGraph } from '../network/graph.js';
import { networkModel } from '../onnx/write/network-model.js';
import { randomFeeds } from './feeds.js';
import { profileModel } from './profile-model.js';
import { interquartileMean } from './statistics.js';
import type { LoadedModel, Target } from './target.js';
import { timedGroup } from './timed-group.js';

export interface OnnxruntimeOptions {
  /** Execution provider, for example `cpu`. */
  readonly provider: string;
  /** Threads inside an operator. */
  readonly threads: number;
}

/**
 * This machine, through onnxruntime with all graph optimisations: it folds normalisations, and runs equal
 * operations on the same tensor only once (two poolings of a cell's input cost as much as one), but keeps
 * dead operations. A run is one call from JavaScript, always with the same input. Its latency is the time
 * that the caller waits, including the call's own cost.
 *
 * @throws InputError if this build of onnxruntime lacks the execution provider
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
      const session = await ort.openSession(model, threads, { executionProviders: [provider] });
      const feeds = randomFeeds(session);
      const run = () => session.run(feeds);
      return { time: (runs) => timedGroup(run, runs), run, release: () => session.release() };
    },
    profile: (model) => profileModel(model, threads, { executionProviders: [provider] }),
  };
}

/** Latency in ms of a call that computes nothing: a part of every latency. */
export async function callOverheadMs(target: Target): Promise<number> {
  const graph = new OperatorGraph();
  graph.output(graph.add({ kind: 'identity' }, [graph.input([1])]));
  const model = await target.load(networkModel(graph, { batch: 1, seed: 1 }));
  const { runsMs } = await model.time(200).finally(() => model.release());
  return interquartileMean(runsMs);
}
