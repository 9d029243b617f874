import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRegularFile } from '../../src/base/regular-file.js';
import type { EmulatorCard } from '../../src/emulate/card.js';
import { RUNS_FILE } from '../../src/emulate/train.js';
import { CARD_FILE, MODEL_FILE } from '../../src/predictors/saved/saved.js';
import type { JobRow } from '../store/jobs.js';
import { addFiles, digestOf, findFiles } from '../store/version-files.js';
import { runInProcess } from './child-process.js';
import {
  type EmulateProgress,
  type EmulateTask,
  type EmulatorJob,
  isEmulateCheckpoint,
} from './emulate-task.js';
import { JobCheckpoint } from './job-checkpoint.js';
import type { JobContext, JobHandler, JobOutcome } from './runner.js';

const PROCESS = fileURLToPath(new URL('./emulate-process.js', import.meta.url));
const CHECKPOINT_EVERY_MS = 5000;

/** Learns an emulator from runs that were sent, or that a built-in simulator makes, and keeps its files in the store. */
export class EmulateHandler implements JobHandler {
  constructor(private readonly threads: number) {}

  async run(job: JobRow, { store, folder, signal, onProgress }: JobContext): Promise<JobOutcome> {
    const request = job.request as unknown as EmulatorJob;
    const checkpoint = new JobCheckpoint(store, job, folder, isEmulateCheckpoint, CHECKPOINT_EVERY_MS);
    await checkpoint.restore();
    if (request.data !== undefined) {
      for (const { name, content } of await findFiles(store.database, request.data)) {
        await writeFile(join(folder, name), content);
      }
    }
    const task: EmulateTask = { ...request, parallel: this.threads };
    const { name, version, data, scores } = await checkpoint.keepDuring(
      runInProcess<EmulateTask, EmulateProgress, EmulatorCard>(PROCESS, task, folder, signal, (progress) =>
        onProgress({ ...progress }),
      ),
    );
    const files = await Promise.all(
      [MODEL_FILE, CARD_FILE, RUNS_FILE].map(async (file) => ({
        name: file,
        content: await readRegularFile(join(folder, file)),
      })),
    );
    const digest = digestOf(files);
    return {
      store: async (sql) => {
        await addFiles(sql, digest, files);
        return { name, version, digest, runs: data.runs, failed: data.failed, scores };
      },
      after: async () => {},
    };
  }
}
