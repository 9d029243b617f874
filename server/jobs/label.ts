import { fileURLToPath } from 'node:url';
import type { LabelRequest } from '../../api/labels.js';
import { InputError } from '../../src/base/errors.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { measuredDevice } from '../store/devices.js';
import type { JobRow } from '../store/jobs.js';
import { keepUpload } from '../store/measurements.js';
import { runInProcess } from './child-process.js';
import type { LabelProgress, LabelResult, LabelTask } from './label-task.js';
import type { JobContext, JobHandler, JobOutcome } from './runner.js';

const PROCESS = fileURLToPath(new URL('./label-process.js', import.meta.url));

/** Computes latencies on an analytic device and keeps them as a device's measurements. */
export class LabelHandler implements JobHandler {
  constructor(private readonly threads: number) {}

  async run({ id, device, ...job }: JobRow, { folder, signal, onProgress }: JobContext): Promise<JobOutcome> {
    if (device === null) throw new InputError('labels need a device');
    const task: LabelTask = { ...(job.request as LabelRequest), threads: this.threads };
    const { labels, misfits } = await runInProcess<LabelTask, LabelProgress, LabelResult>(
      PROCESS,
      task,
      folder,
      signal,
      (progress) => onProgress({ ...progress }),
    );
    if (labels.length === 0) throw new InputError(`none of ${misfits} networks fits on ${task.analytic}`);
    return {
      store: async (sql) => {
        const key = `label job ${id}`;
        const answer = { device, key, accepted: labels.length, drift: null };
        const rows = labels.map(({ architecture, latencyMs: value }) => ({
          architecture,
          metric: LATENCY.name,
          value,
        }));
        await keepUpload(sql, await measuredDevice(sql, device), key, rows, answer, (row) => `${row}`);
        return { labels: labels.length, misfits };
      },
      after: async () => {},
    };
  }
}
