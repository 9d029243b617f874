import { WorkPool } from '../../src/base/work-pool.js';
import type { SpaceFile } from '../../src/spaces/declared/space-file.js';
import { answerOf, type ProcessReply } from '../reading/process-reply.js';

/** Checks files that declare spaces, in a process with limits of time and memory. */
export class SpaceChecker {
  private readonly pool = new WorkPool<SpaceFile, ProcessReply<null>>({
    module: new URL('./space-process.js', import.meta.url),
    processes: 2,
    cpuMs: 30_000,
    memoryMb: 256,
    behind: true,
    most: 10,
    mostEach: 2,
  });

  /** @throws ApiError 400 naming the field that is wrong; 422 for a space that breaks its contract or is too large */
  async check(file: SpaceFile, caller: string): Promise<void> {
    await answerOf(this.pool.do(file, caller), 'the space');
  }

  close(): void {
    this.pool.close();
  }
}
