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
  device: maybe(Type.String(), 'Null where it concerns none'),
  state: JobStateName,
  attempt: Type.Integer({ description: 'How often it has been begun; again after its process was killed' }),
  worker: maybe(Type.String(), 'Machine and process number of who runs it, or did last'),
  request: Details,
  progress: maybe(
    Details,
    'How far it is; of a training `epoch`, `epochs`, `loss`, `validWithin10`, then `calibration`; of a search `trained`; of labels and evaluations `done` and `of`; of an emulator `runs` of `of`, then `trained`, 0 to 1; of a compression `done` and `of` of what `doing` says',
  ),
  result: maybe(
    Details,
    'Of a training `version`, `heldOut`, `promoted`, `reason` and, where data of the predictor that served is not here, a `note`; of labels `labels` and `misfits`; of an evaluation `protocol` and `results`: mean and standard deviation of each predictor’s scores; of an emulator `name`, `version`, `runs`, `failed` and `scores`; of a compression `accuracy`, `denseAccuracy`, `parameters` and `denseParameters`',
  ),
  error: maybe(Type.String(), 'Why it failed, or why its last attempt did'),
  createdAt: Type.String({ format: 'date-time' }),
  startedAt: maybe(Type.String({ format: 'date-time' }), 'When it was first begun'),
  finishedAt: maybe(Type.String({ format: 'date-time' }), 'When it was over'),
});
export type JobAnswer = Static<typeof JobAnswer>;

export const JobsAnswer = Type.Object({ jobs: Type.Array(JobAnswer, { description: 'The latest first' }) });
export type JobsAnswer = Static<typeof JobsAnswer>;

export const JobsQuery = Type.Object({
  device: Type.Optional(Text({ maxLength: 200 })),
  state: Type.Optional(JobStateName),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: '100 by default; all in a file' }),
  ),
  format: TableFormat,
});
export type JobsQuery = Static<typeof JobsQuery>;

export const JobParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
