/**
 * Kinds of work that is done in the background, each with a queue of its own: how long an attempt may take where its
 * request does not say, seconds.
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

/** A piece of background work as its row says it. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** Null where it concerns none. */
  readonly device: string | null;
  readonly request: Record<string, unknown>;
  readonly state: JobState;
  /** How often it has been begun. */
  readonly attempt: number;
  /** Machine and process number of who runs it, or did last. */
  readonly worker: string | null;
  /** What an earlier attempt left for the next. */
  readonly memo: Record<string, unknown> | null;
  readonly progress: Record<string, unknown> | null;
  readonly result: Record<string, unknown> | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** How long an attempt at a job may take, seconds. */
export function limitSecondsOf({ kind, request }: Pick<Job, 'kind' | 'request'>): number {
  const { timeLimitSeconds } = request;
  return typeof timeLimitSeconds === 'number' ? timeLimitSeconds : DEFAULT_LIMIT_SECONDS[kind];
}

/** Whether nothing more happens to a job, or to a search, which has the same states. */
export function isOver({ state }: { readonly state: JobState }): boolean {
  return state !== 'queued' && state !== 'running';
}
