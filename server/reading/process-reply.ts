import { WorkNotDone } from '../../src/base/limited-process/work-not-done.js';
import { ApiError, asApiError } from '../http/errors.js';
import { Refusal } from '../store/refusal.js';

/** The answer of a process; errors lose their class between processes. */
export type ProcessReply<Answer> =
  | { readonly answer: Answer }
  | { readonly refused: Pick<ApiError, 'statusCode' | 'code' | 'message' | 'details'> };

/** Runs work in the process and makes its reply. */
export async function replyOf<Answer>(work: () => Answer | Promise<Answer>): Promise<ProcessReply<Answer>> {
  try {
    return { answer: await work() };
  } catch (caught) {
    const error = caught instanceof Refusal ? asApiError(caught) : caught;
    if (!(error instanceof ApiError)) throw error;
    const { statusCode, code, message, details } = error;
    return { refused: { statusCode, code, message, details } };
  }
}

/**
 * The answer of a process.
 *
 * @param what subject of the request, for errors: `the network`
 * @throws ApiError if the process refused the request; 422 if it took too long or too much memory, 429 if the caller has
 *   too many requests waiting, 503 if all callers together do
 */
export async function answerOf<Answer>(reply: Promise<ProcessReply<Answer>>, what: string): Promise<Answer> {
  const told = await reply.catch((error) => {
    throw error instanceof WorkNotDone ? refusalOf(error, what) : error;
  });
  if ('answer' in told) return told.answer;
  const { statusCode, code, message, details } = told.refused;
  throw new ApiError(statusCode, code, message, details);
}

function refusalOf({ reason }: WorkNotDone, what: string): ApiError {
  switch (reason) {
    case 'slow':
      return new ApiError(422, 'too_large', `${what} takes too long to process`);
    case 'large':
      return new ApiError(422, 'too_large', `${what} takes too much memory to process`);
    case 'busy':
      return new ApiError(
        429,
        'too_many_requests',
        'earlier requests of yours are still waiting; send fewer at once',
      );
    case 'crowded':
      return new ApiError(503, 'overloaded', 'too many other requests are waiting; try again later');
  }
}
