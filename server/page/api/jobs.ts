import type { JobAnswer, JobsAnswer } from '../../schemas/jobs.js';
import { ask, follow } from './request.js';

export type Job = JobAnswer;

export const isActive = ({ state }: Pick<Job, 'state'>) => state === 'running' || state === 'queued';

/** The latest jobs, of all devices or of one. */
export async function fetchJobs(limit: number, device?: string): Promise<Job[]> {
  const of = device === undefined ? '' : `&device=${encodeURIComponent(device)}`;
  return (await ask<JobsAnswer>(`/v1/jobs?limit=${limit}${of}`)).jobs;
}

export function cancelJob(id: string): Promise<Job> {
  return ask<Job>(`/v1/jobs/${id}`, { method: 'DELETE' });
}

/** A job whenever it changes, until it is over. */
export function followJob(id: string, signal: AbortSignal): AsyncGenerator<Job> {
  return follow<Job>(`/v1/jobs/${id}/events`, signal, (job) => !isActive(job));
}

/** Training epochs done, as a share; undefined where the job does not say. */
export function shareDone({ progress }: Job): number | undefined {
  const { epoch, epochs } = (progress ?? {}) as { epoch?: number; epochs?: number };
  return epoch === undefined || epochs === undefined ? undefined : epoch / epochs;
}

/** How a job stands, in words. */
export function jobText(job: Job): string {
  const { epoch, epochs } = (job.progress ?? {}) as { epoch?: number; epochs?: number };
  if (job.state === 'running') return epoch === undefined ? 'running' : `epoch ${epoch} of ${epochs}`;
  if (job.state === 'queued') return 'waiting for its turn';
  if (job.state === 'cancelled') return 'cancelled';
  if (job.state === 'failed') return `failed: ${job.error}`;
  const { version, promoted, reason } = (job.result ?? {}) as Record<string, unknown>;
  if (version === undefined) return 'done';
  return `version ${version} ${promoted ? 'serves now' : 'was kept but does not serve'}: ${reason}`;
}
