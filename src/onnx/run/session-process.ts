// Runs untrusted models in a separate process.
import { answerQuestions } from '../../base/limited-process/answer-questions.js';
import * as ort from '../../base/onnxruntime.js';

/** Most elements of an output that is sent; of a larger one, only the size is. */
const MOST_ELEMENTS = 2 ** 20;

export type SessionQuestion = { readonly session: number } & (
  | { readonly open: Uint8Array; readonly threads: number }
  | { readonly run: readonly (readonly [input: string, values: Float32Array, shape: readonly number[]])[] }
  | { readonly release: true }
);

export interface Output {
  readonly type: ort.Tensor['type'];
  readonly size: number;
  readonly data: ort.Tensor['data'];
}

export type SessionAnswer =
  | { readonly outputNames: readonly string[] }
  | { readonly outputs: readonly (readonly [name: string, output: Output])[] }
  /** onnxruntime's reason for refusing the model. */
  | { readonly refused: string }
  | { readonly released: true };

const sessions = new Map<number, ort.InferenceSession>();

answerQuestions(async (question: SessionQuestion): Promise<SessionAnswer> => {
  try {
    return await answer(question);
  } catch (error) {
    return { refused: (error as Error).message };
  }
});

async function answer(question: SessionQuestion): Promise<SessionAnswer> {
  if ('open' in question) {
    const opened = await ort.openSession(question.open, question.threads);
    sessions.set(question.session, opened);
    return { outputNames: opened.outputNames };
  }
  const session = sessions.get(question.session)!;
  if ('release' in question) {
    sessions.delete(question.session);
    await session.release();
    return { released: true };
  }
  const inputs = question.run.map(([name, values, shape]) => [
    name,
    new ort.Tensor('float32', values, shape),
  ]);
  const results = await session.run(Object.fromEntries(inputs));
  return { outputs: Object.entries(results).map(([name, tensor]) => [name, outputOf(tensor)]) };
}

function outputOf({ type, size, data }: ort.Tensor): Output {
  return { type, size, data: size > MOST_ELEMENTS ? [] : data };
}
