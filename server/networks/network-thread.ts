// Reads networks and computes where their time goes, in a thread of its own: a large ONNX model takes seconds, in
// which no prediction would be answered.
import { parentPort } from 'node:worker_threads';
import type { AskedNetwork, BreakdownAnswer, BreakdownBody, NetworkAnswer } from '../../api/accelerators.js';
import { ApiError } from '../errors.js';
import { breakdownReport, networkReport } from './network-report.js';

export type NetworkQuestion = { readonly network: AskedNetwork } | { readonly breakdown: BreakdownBody };

/** What a question is answered with; errors lose their class on the way between threads. */
export type NetworkReply =
  | { readonly answer: NetworkAnswer | BreakdownAnswer }
  | { readonly refused: Pick<ApiError, 'statusCode' | 'code' | 'message' | 'details'> };

parentPort?.on('message', async (question: NetworkQuestion) =>
  parentPort?.postMessage(await replyTo(question)),
);

async function replyTo(question: NetworkQuestion): Promise<NetworkReply> {
  try {
    return 'network' in question
      ? { answer: await networkReport(question.network) }
      : { answer: await breakdownReport(question.breakdown) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { statusCode, code, message, details } = error;
    return { refused: { statusCode, code, message, details } };
  }
}
