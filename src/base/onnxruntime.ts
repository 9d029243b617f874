import { InferenceSession } from 'onnxruntime-node';

/**
 * onnxruntime as tempograph uses it; import it from here only. Its official builds report sessions, models
 * and the machine to their makers, and keep an identifier and a cache in the user's folder, unless this is
 * turned off before the first session (microsoft/onnxruntime#27379).
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

export * from 'onnxruntime-node';

/**
 * Opens a session that prints nothing but errors.
 *
 * @param threads used inside an operator; operators run one after the other
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
