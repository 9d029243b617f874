import { type Static, Type } from '#typebox';
import { TableFormat } from './downloads.js';
import { JOB_KINDS, JOB_STATES } from './job.js';
import { maybe } from './maybe.js';
import { Text } from './text.js';

export const JobStateName = Type.Enum([...JOB_STATES]);

const Details = Type.Record(Type.String(), Type.Unknown());

export const JobAnswer = Type.Object({
  id: Type.String({ format: 'uuid' }),
  kind: Type.Enum([...JOB_KINDS]),
  device: maybe(Type.String(), 'null if it concerns no device'),
  state: JobStateName,
  attempt: Type.Integer({
    description: 'Number of attempts; a job whose process was killed is started again',
  }),
  worker: maybe(Type.String(), 'Machine and process number of the process that runs it, or ran it last'),
  request: Details,
  progress: maybe(
    Details,
    'Progress. For a training: `epoch`, `epochs`, `loss`, `validWithin10`, then `calibration`; for a search: `trained`; for labels and evaluations: `done` and `of`; for an emulator: `runs` of `of`, then `trained`, 0 to 1; for a compression: `done` and `of` for the step in `doing`',
  ),
  result: maybe(
    Details,
    'For a training: `version`, `heldOut`, `promoted`, `reason` and, if data of the predictor that served is not available, a `note`; for labels: `labels` and `misfits`; for an evaluation: `protocol` and `results`, the mean and standard deviation of each predictor’s scores; for an emulator: `name`, `version`, `runs`, `failed` and `scores`; for a compression: `accuracy`, `denseAccuracy`, `parameters` and `denseParameters`',
  ),
  error: maybe(Type.String(), 'Why it, or its last attempt, failed'),
  createdAt: Type.String({ format: 'date-time' }),
  startedAt: maybe(Type.String({ format: 'date-time' }), 'Start of the first attempt'),
  finishedAt: maybe(Type.String({ format: 'date-time' }), 'When it ended'),
});
export type JobAnswer = Static<typeof JobAnswer>;

export const JobsAnswer = Type.Object({ jobs: Type.Array(JobAnswer, { description: 'Latest first' }) });
export type JobsAnswer = Static<typeof JobsAnswer>;

export const JobsQuery = Type.Object({
  device: Type.Optional(Text({ maxLength: 200 })),
  state: Type.Optional(JobStateName),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: '100 by default; a file lists all' }),
  ),
  format: TableFormat,
});
export type JobsQuery = Static<typeof JobsQuery>;

export const JobParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
