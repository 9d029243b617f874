import { WorkPool } from '../../src/base/work-pool.js';
import type { SpaceFile } from '../../src/spaces/declared/space-file.js';
import { answerOf, type ThreadReply } from '../thread-reply.js';

/** Checks files that declare spaces, in a thread, with limits on time and memory. */
export class SpaceChecker {
  private readonly pool = new WorkPool<SpaceFile, ThreadReply<null>>({
    module: new URL('./space-thread.js', import.meta.url),
    threads: 2,
    limitMs: 30_000,
    memoryMb: 256,
    most: 10,
    mostEach: 2,
  });

  /** @throws ApiError 400 naming the field that is wrong; 422 for a space that breaks its contract or is too large */
  async check(file: SpaceFile, caller: string): Promise<void> {
    await answerOf(this.pool.do(file, caller), 'the space');
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}
