// Reads networks and computes where their time goes, in a process of its own: a large ONNX model takes seconds, during
// which no prediction would be answered, and a malicious one may make onnxruntime, which is native code, use any amount of
// memory or crash.
import type { AskedNetwork, BreakdownAnswer, BreakdownBody, NetworkAnswer } from '../../api/accelerators.js';
import type { OfFile } from '../../api/compressions.js';
import type { NetworkPredictAnswer, NetworkPredictBody } from '../../api/networks.js';
import { answerQuestions } from '../../src/base/limited-process/answer-questions.js';
import { replyOf } from '../reading/process-reply.js';
import { assertCompressible } from './compressible.js';
import { predictedNetwork } from './network-prediction.js';
import { breakdownReport, networkReport } from './network-report.js';

export type NetworkQuestion =
  | { readonly network: AskedNetwork }
  | { readonly breakdown: BreakdownBody }
  | { readonly predict: NetworkPredictBody; readonly models: readonly string[] }
  | { readonly compress: OfFile; readonly models: readonly string[] };

/** Any of the answers. */
export type NetworkReport = NetworkAnswer | BreakdownAnswer | NetworkPredictAnswer | null;

answerQuestions((question: NetworkQuestion) =>
  replyOf<NetworkReport>(async () => {
    if ('network' in question) return networkReport(question.network);
    if ('breakdown' in question) return breakdownReport(question.breakdown);
    if ('compress' in question) {
      await assertCompressible(question.compress, question.models);
      return null;
    }
    return predictedNetwork(question.predict, question.models);
  }),
);
