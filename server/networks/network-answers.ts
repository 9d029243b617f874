import type { AskedNetwork, BreakdownAnswer, BreakdownBody, NetworkAnswer } from '../../api/accelerators.js';
import { WorkNotDone, WorkThread } from '../../src/base/work-thread.js';
import { ApiError } from '../errors.js';
import type { NetworkQuestion, NetworkReply } from './network-thread.js';

/** How long a network may be looked at, ms. */
const LIMIT_MS = 30_000;
/** Networks that may be looked at, or wait for it. */
const MOST = 100;

/** Looks at networks in a thread of its own. Methods throw what `network-report` does, 422 if it takes too long, and 503. */
export class NetworkAnswers {
  private readonly thread = new WorkThread<NetworkQuestion, NetworkReply>({
    module: new URL('./network-thread.js', import.meta.url),
    limitMs: LIMIT_MS,
    most: MOST,
  });

  async network(body: AskedNetwork): Promise<NetworkAnswer> {
    return (await this.ask({ network: body })) as NetworkAnswer;
  }

  async breakdown(body: BreakdownBody): Promise<BreakdownAnswer> {
    return (await this.ask({ breakdown: body })) as BreakdownAnswer;
  }

  async close(): Promise<void> {
    await this.thread.close();
  }

  private async ask(question: NetworkQuestion): Promise<NetworkAnswer | BreakdownAnswer> {
    const reply = await this.thread.do(question).catch((error) => {
      if (!(error instanceof WorkNotDone)) throw error;
      throw error.reason === 'crowded'
        ? new ApiError(503, 'overloaded', `${MOST} networks are being looked at; try again later`)
        : new ApiError(422, 'too_large', `the network takes longer than ${LIMIT_MS / 1000} s to look at`);
    });
    if ('answer' in reply) return reply.answer;
    const { statusCode, code, message, details } = reply.refused;
    throw new ApiError(statusCode, code, message, details);
  }
}
