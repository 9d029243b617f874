import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRegularFile } from '../../src/base/regular-file.js';
import type { JobRow } from '../store/jobs.js';
import { addFiles, digestOf, findFiles } from '../store/version-files.js';
import { runInProcess } from './child-process.js';
import {
  type CompressionJob,
  type CompressProgress,
  type CompressResult,
  type CompressTask,
  LATENCIES_FILE,
  LOG_FILE,
  REPORT_FILE,
  SMALLER_FILE,
} from './compress-task.js';
import { JobCheckpoint } from './job-checkpoint.js';
import type { JobContext, JobHandler, JobOutcome } from './runner.js';

const PROCESS = fileURLToPath(new URL('./compress-process.js', import.meta.url));
const CHECKPOINT: readonly string[] = [LOG_FILE, LATENCIES_FILE];

/** Chooses ranks for a model that was sent or is included, and keeps the smaller model in the store. */
export class CompressHandler implements JobHandler {
  /**
   * @param models folders of predictors
   * @param checkpointEveryMs how often evaluations are saved
   */
  constructor(
    private readonly models: readonly string[],
    private readonly checkpointEveryMs = 1000,
  ) {}

  async run(job: JobRow, { store, folder, signal, onProgress }: JobContext): Promise<JobOutcome> {
    const request = job.request as unknown as CompressionJob;
    const isPart = (name: string) => CHECKPOINT.includes(name);
    const checkpoint = new JobCheckpoint(store, job, folder, isPart, this.checkpointEveryMs);
    await checkpoint.restore();
    if ('data' in request) {
      for (const { name, content } of await findFiles(store.database, request.data)) {
        await writeFile(join(folder, name), content);
      }
    }
    const task: CompressTask = { ...request, models: this.models };
    const result = await checkpoint.keepDuring(
      runInProcess<CompressTask, CompressProgress, CompressResult>(
        PROCESS,
        task,
        folder,
        signal,
        (progress) => onProgress({ ...progress }),
      ),
    );
    const files = [
      { name: SMALLER_FILE, content: await readRegularFile(join(folder, SMALLER_FILE)) },
      { name: REPORT_FILE, content: Buffer.from(JSON.stringify(result)) },
    ];
    const digest = digestOf(files);
    const { accuracy, denseAccuracy, parameters, denseParameters, latencyMs, denseMs } = result.report;
    return {
      store: async (sql) => {
        await addFiles(sql, digest, files);
        return { digest, accuracy, denseAccuracy, parameters, denseParameters, latencyMs, denseMs };
      },
      after: async () => {},
    };
  }
}
