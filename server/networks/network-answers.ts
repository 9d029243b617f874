import type { AskedNetwork, BreakdownAnswer, BreakdownBody, NetworkAnswer } from '../../api/accelerators.js';
import type { NetworkPredictAnswer, NetworkPredictBody } from '../../api/networks.js';
import { WorkPool } from '../../src/base/work-pool.js';
import { answerOf, type ThreadReply } from '../thread-reply.js';
import type { NetworkQuestion } from './network-thread.js';

type Answer = NetworkAnswer | BreakdownAnswer | NetworkPredictAnswer;

/**
 * Looks at networks in threads of their own. Methods throw what `network-report` does, and what `answerOf` says.
 *
 * @param caller whose network it is: callers take turns
 */
export class NetworkAnswers {
  private readonly pool = new WorkPool<NetworkQuestion, ThreadReply<Answer>>({
    module: new URL('./network-thread.js', import.meta.url),
    threads: 2,
    limitMs: 15_000,
    memoryMb: 192,
    most: 100,
    mostEach: 10,
  });

  async network(body: AskedNetwork, caller: string): Promise<NetworkAnswer> {
    return (await this.ask({ network: body }, caller)) as NetworkAnswer;
  }

  async breakdown(body: BreakdownBody, caller: string): Promise<BreakdownAnswer> {
    return (await this.ask({ breakdown: body }, caller)) as BreakdownAnswer;
  }

  /** @param models folders of predictors */
  async predict(
    body: NetworkPredictBody,
    models: readonly string[],
    caller: string,
  ): Promise<NetworkPredictAnswer> {
    return (await this.ask({ predict: body, models }, caller)) as NetworkPredictAnswer;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private ask(question: NetworkQuestion, caller: string): Promise<Answer> {
    return answerOf(this.pool.do(question, caller), 'the network');
  }
}
