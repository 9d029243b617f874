import { isOver } from '../../../api/job.js';
import type { JobAnswer, JobsAnswer } from '../../../api/jobs.js';
import { ask, followEvents } from './request.js';

export type { JobAnswer };

export const isActive = (job: Pick<JobAnswer, 'state'>) => !isOver(job);

/** The latest jobs, of all devices or of one. */
export async function fetchJobs(limit: number, device?: string): Promise<JobAnswer[]> {
  const of = device === undefined ? '' : `&device=${encodeURIComponent(device)}`;
  return (await ask<JobsAnswer>(`/v1/jobs?limit=${limit}${of}`)).jobs;
}

export function cancelJob(id: string): Promise<JobAnswer> {
  return ask<JobAnswer>(`/v1/jobs/${id}`, { method: 'DELETE' });
}

/** A job whenever it changes, until it is over. */
export function followJob(id: string, signal: AbortSignal): AsyncGenerator<JobAnswer> {
  return followEvents<JobAnswer>(`/v1/jobs/${id}/events`, signal);
}

/** Progress that a running job reports; each kind has some of these fields. */
interface Progress {
  readonly epoch?: number;
  readonly epochs?: number;
  readonly done?: number;
  readonly of?: number;
  /** Further fits of a training, for calibrating its intervals; they follow its epochs. */
  readonly calibration?: { readonly done: number; readonly fits: number };
  /** The step that `done` counts. */
  readonly doing?: string;
}

/** The share of a job that is done; undefined if it does not report it. */
export function shareDone({ progress }: JobAnswer): number | undefined {
  const { epoch, epochs, done, of, calibration } = (progress ?? {}) as Progress;
  if (calibration) return calibration.done / calibration.fits;
  if (done !== undefined && of) return done / of;
  return epoch === undefined || epochs === undefined ? undefined : epoch / epochs;
}

/** The state of a job in words. */
export function jobText(job: JobAnswer): string {
  if (job.state === 'running') return runningText(job);
  if (job.state === 'queued') return 'waiting for its turn';
  if (job.state === 'cancelled') return 'cancelled';
  if (job.state === 'failed') return `failed: ${job.error}`;
  return resultText(job);
}

function runningText({ kind, progress }: JobAnswer): string {
  const { epoch, epochs, done, of, calibration, doing } = (progress ?? {}) as Progress;
  if (calibration) return `fits for its intervals: ${calibration.done} of ${calibration.fits}`;
  const many = (count: number) => count.toLocaleString('en');
  if (done !== undefined && of !== undefined) {
    if (doing !== undefined) return `${doing}: ${many(done)} of ${many(of)}`;
    return `${many(done)} of ${many(of)} ${kind === 'label' ? 'networks labelled' : 'trainings'}`;
  }
  return epoch === undefined ? 'running' : `epoch ${epoch} of ${epochs}`;
}

function resultText({ kind, result }: JobAnswer): string {
  const { version, promoted, reason, note, labels, misfits, name, runs, failed } = (result ?? {}) as Record<
    string,
    unknown
  >;
  if (kind === 'label') {
    const left = misfits ? `; ${misfits} left out because they do not fit` : '';
    return `${Number(labels).toLocaleString('en')} networks labelled${left}`;
  }
  if (kind === 'emulate')
    return `emulator ${name} learned from ${runs} runs${failed ? `, ${failed} failed` : ''}`;
  if (kind === 'compress') {
    const { parameters, denseAccuracy, accuracy } = result as Record<string, number>;
    return `${(100 * parameters).toFixed(1)} % of the parameters are left, ${(denseAccuracy - accuracy).toFixed(2)} points lost`;
  }
  if (kind === 'evaluate') return 'predictors compared';
  if (version === undefined) return 'done';
  return `version ${version} ${promoted ? 'serves now' : 'was kept but does not serve'}: ${reason}${note === undefined ? '' : `; ${note}`}`;
}
