// Reads networks and computes where their time goes, in a thread of its own: a large ONNX model takes seconds, in
// which no prediction would be answered.
import { parentPort } from 'node:worker_threads';
import type { AskedNetwork, BreakdownBody } from '../../api/accelerators.js';
import { replyOf } from '../thread-reply.js';
import { breakdownReport, networkReport } from './network-report.js';

export type NetworkQuestion = { readonly network: AskedNetwork } | { readonly breakdown: BreakdownBody };

parentPort?.on('message', async (question: NetworkQuestion) => {
  const work = async () =>
    'network' in question ? networkReport(question.network) : breakdownReport(question.breakdown);
  parentPort!.postMessage(await replyOf<Awaited<ReturnType<typeof work>>>(work));
});
