import { fileURLToPath } from 'node:url';
import type { EvaluateRequest } from '../../api/evaluations.js';
import { InputError } from '../../src/base/errors.js';
import { LATENCY, metricKey, metricNamed } from '../../src/metrics/metric.js';
import { type Compared, type ComparedTrial, protocolFor } from '../../src/predictors/comparison.js';
import { predictorKinds } from '../../src/predictors/registry.js';
import { measuredDevice } from '../store/devices.js';
import type { JobRow } from '../store/jobs.js';
import { lastMeasurement, medianValues } from '../store/measurements.js';
import { runInProcess } from './child-process.js';
import type { EvaluateProgress, EvaluateTask } from './evaluate-task.js';
import type { JobContext, JobHandler, JobOutcome } from './runner.js';

const PROCESS = fileURLToPath(new URL('./evaluate-process.js', import.meta.url));

/** What an attempt leaves for the next. */
interface Memo {
  readonly lastMeasurement: number;
  readonly trials: readonly ComparedTrial[];
}

/** Trains several kinds of predictors on some of a device's measurements and scores them on the rest. */
export class EvaluateHandler implements JobHandler {
  constructor(private readonly threads: number) {}

  async run(job: JobRow, { store, folder, signal, onProgress }: JobContext): Promise<JobOutcome> {
    const { database } = store;
    const { device } = job;
    if (device === null) throw new InputError('an evaluation needs a device');
    const before = job.memo as Memo | null;
    const {
      metric: named = LATENCY.name,
      epochs,
      predictors = predictorKinds.map(({ name }) => name),
      ...wanted
    } = job.request as EvaluateRequest;
    const metric = metricNamed(named);
    const predictor = { device, metric: metricKey(metric) };
    let memo: Memo = before ?? { lastMeasurement: await lastMeasurement(database, predictor), trials: [] };
    const { space, deadOperations } = await measuredDevice(database, device);
    const measurements = await medianValues(database, predictor, memo.lastMeasurement);
    const protocol = protocolFor(measurements.length, wanted);
    const { trials } = memo;
    const { threads } = this;
    const how = { predictors, protocol, epochs, threads };
    const task: EvaluateTask = { space, deadOperations, metric, measurements, ...how, trials };

    const all = predictors.length * protocol.seeds;
    let keeping = Promise.resolve();
    const results = await runInProcess<EvaluateTask, EvaluateProgress, readonly Compared[]>(
      PROCESS,
      task,
      folder,
      signal,
      (progress) => {
        if ('trial' in progress) {
          memo = { ...memo, trials: [...memo.trials, progress.trial] };
          const kept = memo;
          keeping = keeping.then(() => keep(job, store, kept));
          // Errors reach whoever awaits it below.
          keeping.catch(() => {});
          onProgress({ done: memo.trials.length, of: all });
        } else onProgress({ done: memo.trials.length, of: all, ...progress });
      },
    );
    await keeping;
    return {
      store: async () => ({ metric: predictor.metric, protocol, deadOperations, results }),
      after: async () => {},
    };
  }
}

async function keep(job: JobRow, { database, queue }: JobContext['store'], memo: Memo): Promise<void> {
  await database.transaction(async (sql) => {
    await queue.assertCurrent(sql, job);
    await queue.remember(sql, job, { ...memo });
    await queue.recordProgress(sql, job);
  });
}
