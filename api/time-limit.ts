import { Type } from '#typebox';
import { DEFAULT_LIMIT_SECONDS, type JobKind } from './job.js';

/** Half a day: after a whole day the queue considers a job lost. */
const MOST_SECONDS = 12 * 3600;

/** Schema of the time limit of a kind of job. */
export function TimeLimit(kind: JobKind, of = 'the job') {
  return Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MOST_SECONDS,
      default: DEFAULT_LIMIT_SECONDS[kind],
      description: `Seconds after which ${of} is abandoned`,
    }),
  );
}
