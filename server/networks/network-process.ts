// Reads networks and computes where their time goes, in a process of its own: a large ONNX model takes seconds, in
// which no prediction would be answered, and onnxruntime is native code, which may take any memory for one that was made
// to, or end the process that it is in.
import type { AskedNetwork, BreakdownAnswer, BreakdownBody, NetworkAnswer } from '../../api/accelerators.js';
import type { NetworkPredictAnswer, NetworkPredictBody } from '../../api/networks.js';
import { answerQuestions } from '../../src/base/limited-process/answer-questions.js';
import { replyOf } from '../process-reply.js';
import { predictedNetwork } from './network-prediction.js';
import { breakdownReport, networkReport } from './network-report.js';

export type NetworkQuestion =
  | { readonly network: AskedNetwork }
  | { readonly breakdown: BreakdownBody }
  | { readonly predict: NetworkPredictBody; readonly models: readonly string[] };

/** Any of the answers. */
export type NetworkReport = NetworkAnswer | BreakdownAnswer | NetworkPredictAnswer;

answerQuestions((question: NetworkQuestion) =>
  replyOf<NetworkReport>(async () => {
    if ('network' in question) return networkReport(question.network);
    if ('breakdown' in question) return breakdownReport(question.breakdown);
    return predictedNetwork(question.predict, question.models);
  }),
);
