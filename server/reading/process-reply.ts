import { WorkNotDone } from '../../src/base/limited-process/work-not-done.js';
import { ApiError, asApiError } from '../http/errors.js';
import { Refusal } from '../store/refusal.js';

/** What a process answers; errors lose their class on the way between processes. */
export type ProcessReply<Answer> =
  | { readonly answer: Answer }
  | { readonly refused: Pick<ApiError, 'statusCode' | 'code' | 'message' | 'details'> };

/** In the process: what a piece of work comes to. */
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
 * @param what was to be done, for errors: `the network`
 * @throws ApiError as the process has refused it; 422 for what takes too long or too much memory, 429 if the caller has others
 *   waiting, 503 if everybody has
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
      return new ApiError(422, 'too_large', `${what} takes longer to look at than one may`);
    case 'large':
      return new ApiError(422, 'too_large', `${what} takes more memory to look at than one may have`);
    case 'busy':
      return new ApiError(
        429,
        'too_many_requests',
        'others that you have sent are still waiting; send fewer at once',
      );
    case 'crowded':
      return new ApiError(503, 'overloaded', 'too many others are waiting; try again later');
  }
}
