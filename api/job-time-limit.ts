import type { Job, JobKind } from './job.js';

/** How long an attempt at a job may take, where its request does not say, seconds. */
export const DEFAULT_LIMIT_SECONDS: Readonly<Record<JobKind, number>> = {
  train: 3600,
  search: 3600,
  label: 3600,
  evaluate: 6 * 3600,
};

/** How long an attempt at a job may take, seconds. */
export function limitSecondsOf({ kind, request }: Pick<Job, 'kind' | 'request'>): number {
  const { timeLimitSeconds } = request;
  return typeof timeLimitSeconds === 'number' ? timeLimitSeconds : DEFAULT_LIMIT_SECONDS[kind];
}
