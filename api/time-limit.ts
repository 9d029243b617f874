import { Type } from '#typebox';
import { DEFAULT_LIMIT_SECONDS, type JobKind } from './job.js';

/** Half a day: the queue counts a job as lost after a whole one. */
const MOST_SECONDS = 12 * 3600;

/** How long a job of some kind may take. */
export function TimeLimit(kind: JobKind, of = 'the job') {
  return Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MOST_SECONDS,
      default: DEFAULT_LIMIT_SECONDS[kind],
      description: `After which ${of} is given up`,
    }),
  );
}
