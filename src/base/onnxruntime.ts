import { InferenceSession } from 'onnxruntime-node';

/**
 * onnxruntime as tempograph uses it. Its official builds report sessions, models and the machine to their makers, with
 * an identifier and a cache in the user's folder, unless they are told otherwise before the first session
 * (microsoft/onnxruntime#27379). Import it from here only.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

export * from 'onnxruntime-node';

/**
 * Makes a model ready to run, silent but for errors.
 *
 * @param threads inside an operator; operators run one after the other
 */
export function openSession(
  model: Uint8Array,
  threads: number,
  options: InferenceSession.SessionOptions = {},
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...options,
  });
}
