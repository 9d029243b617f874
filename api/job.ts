/**
 * Kinds of background work, each with a queue of its own, and how long an attempt may take by default, seconds.
 */
export const DEFAULT_LIMIT_SECONDS = {
  train: 3600,
  search: 3600,
  label: 3600,
  evaluate: 6 * 3600,
  emulate: 3600,
  compress: 3600,
};
export type JobKind = keyof typeof DEFAULT_LIMIT_SECONDS;
export const JOB_KINDS = Object.keys(DEFAULT_LIMIT_SECONDS) as readonly JobKind[];

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The work of a job. */
export interface JobTask {
  readonly kind: JobKind;
  readonly request: Readonly<Record<string, unknown>>;
}

/** How long an attempt at a job may take, seconds. */
export function limitSecondsOf({ kind, request }: JobTask): number {
  const { timeLimitSeconds } = request;
  return typeof timeLimitSeconds === 'number' ? timeLimitSeconds : DEFAULT_LIMIT_SECONDS[kind];
}

/** Whether a job, or a search, which has the same states, has ended. */
export function isOver({ state }: { readonly state: JobState }): boolean {
  return state !== 'queued' && state !== 'running';
}
