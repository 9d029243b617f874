import type { AskedNetwork, BreakdownAnswer, BreakdownBody, NetworkAnswer } from '../../api/accelerators.js';
import type { OfFile } from '../../api/compressions.js';
import type { NetworkPredictAnswer, NetworkPredictBody } from '../../api/networks.js';
import { WorkPool } from '../../src/base/work-pool.js';
import { answerOf, type ProcessReply } from '../reading/process-reply.js';
import type { NetworkQuestion, NetworkReport } from './network-process.js';

/**
 * Analyses networks in separate processes. Methods throw what `network-report` and `answerOf` throw.
 *
 * @param caller owner of the request; callers take turns
 */
export class NetworkAnswers {
  private readonly pool = new WorkPool<NetworkQuestion, ProcessReply<NetworkReport>>({
    module: new URL('./network-process.js', import.meta.url),
    processes: 2,
    cpuMs: 15_000,
    memoryMb: 224,
    behind: true,
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

  /** @param models folders of predictors */
  async assertCompressible(body: OfFile, models: readonly string[], caller: string): Promise<void> {
    await this.ask({ compress: body, models }, caller);
  }

  close(): void {
    this.pool.close();
  }

  private ask(question: NetworkQuestion, caller: string): Promise<NetworkReport> {
    return answerOf(this.pool.do(question, caller), 'the network');
  }
}
