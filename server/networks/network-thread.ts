// Reads networks and computes where their time goes, in a thread of its own: a large ONNX model takes seconds, in
// which no prediction would be answered.
import { parentPort } from 'node:worker_threads';
import type { AskedNetwork, BreakdownBody } from '../../api/accelerators.js';
import type { NetworkPredictBody } from '../../api/networks.js';
import { replyOf } from '../thread-reply.js';
import { predictedNetwork } from './network-prediction.js';
import { breakdownReport, networkReport } from './network-report.js';

export type NetworkQuestion =
  | { readonly network: AskedNetwork }
  | { readonly breakdown: BreakdownBody }
  | { readonly predict: NetworkPredictBody; readonly models: readonly string[] };

parentPort?.on('message', async (question: NetworkQuestion) => {
  const work = async () => {
    if ('network' in question) return networkReport(question.network);
    if ('breakdown' in question) return breakdownReport(question.breakdown);
    return predictedNetwork(question.predict, question.models);
  };
  parentPort!.postMessage(await replyOf<Awaited<ReturnType<typeof work>>>(work));
});
