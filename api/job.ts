/** Kinds of work that is done in the background; each has a queue of its own. */
export const JOB_KINDS = ['train', 'search', 'label', 'evaluate'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

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

/** Whether nothing more happens to a job, or to a search, which has the same states. */
export function isOver({ state }: { readonly state: JobState }): boolean {
  return state !== 'queued' && state !== 'running';
}

/** The columns of table `job` as a `Job`. */
export const JOB_COLUMNS = `id, kind, device, request, state, attempt, worker, memo, progress, result, error,
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;
