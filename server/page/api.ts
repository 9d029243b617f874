import type { Device } from '../schemas/devices.js';
import type { JobAnswer, JobsAnswer } from '../schemas/jobs.js';
import type { DriftAnswer, MeasurementsAnswer } from '../schemas/measurements.js';
import type { PredictAnswer } from '../schemas/predict.js';
import type { Version, VersionsAnswer } from '../schemas/training.js';

export type { Device, JobAnswer as Job, Version };
export type Prediction = PredictAnswer['predictions'][number];

/** A network as it was measured, and as the served model predicts it. */
export interface Measured {
  readonly architecture: string;
  readonly measuredMs: number;
  readonly predictedMs: number;
  readonly interval?: Prediction['interval'];
}

export interface Space {
  readonly name: string;
  readonly description: string;
  readonly example: string;
}

/** An answer that is an error, with the service's own message. */
class ServiceError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** @throws ServiceError */
async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  const body = await response.json();
  if (!response.ok) throw new ServiceError(response.status, body.error.message);
  return body as T;
}

function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

/** What a request answers; undefined where the service has no such thing. */
function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error) => {
    if (error instanceof ServiceError && error.status === 404) return undefined;
    throw error;
  });
}

const deviceUrl = (device: string) => `/v1/devices/${encodeURIComponent(device)}`;

export async function fetchDevices(): Promise<Device[]> {
  return (await ask<{ devices: Device[] }>('/v1/devices')).devices;
}

export function fetchSpace(name: string): Promise<Space> {
  return ask<Space>(`/v1/spaces/${encodeURIComponent(name)}`);
}

/** One architecture's latency on each of these devices, in their order. */
export async function predictOn(
  devices: readonly Device[],
  architecture: string,
  signal: AbortSignal,
): Promise<Prediction[]> {
  const body = { devices: devices.map(({ id }) => id), architectures: [architecture], intervals: true };
  return (await post<PredictAnswer>('/v1/predict', body, signal)).predictions;
}

/** The first `limit` networks that were measured on a device, predicted too; undefined if none was. */
export async function fetchMeasured(device: string, limit: number) {
  const found = await ifThere(ask<MeasurementsAnswer>(`${deviceUrl(device)}/measurements?limit=${limit}`));
  if (!found || found.total === 0) return undefined;
  const architectures = found.measurements.map(({ architecture }) => architecture);
  const [{ predictions }, { drift }] = await Promise.all([
    post<PredictAnswer>('/v1/predict', { device, architectures, intervals: true }),
    ask<DriftAnswer>(`${deviceUrl(device)}/drift`),
  ]);
  const measured = found.measurements.flatMap(({ architecture, latencyMs: measuredMs }, i): Measured[] => {
    const { latencyMs: predictedMs, interval } = predictions[i];
    return predictedMs === undefined ? [] : [{ architecture, measuredMs, predictedMs, interval }];
  });
  return { total: found.total, measured, drift };
}

/** Versions of a device's model, the latest first; undefined if none was trained here. */
export async function fetchVersions(device: string): Promise<Version[] | undefined> {
  return (await ifThere(ask<VersionsAnswer>(`${deviceUrl(device)}/versions`)))?.versions;
}

export function promoteVersion(device: string, version: string): Promise<VersionsAnswer> {
  return post<VersionsAnswer>(`${deviceUrl(device)}/promote`, { version });
}

/** Has the version serve that did before the last promotion. */
export function rollBack(device: string): Promise<VersionsAnswer> {
  return post<VersionsAnswer>(`${deviceUrl(device)}/rollback`, {});
}

/** Starts training on all measurements of a device. */
export function train(device: string): Promise<JobAnswer> {
  return post<JobAnswer>(`${deviceUrl(device)}/train`, {});
}

export function cancelJob(id: string): Promise<JobAnswer> {
  return ask<JobAnswer>(`/v1/jobs/${id}`, { method: 'DELETE' });
}

/** The training of a device that goes on or waits. */
export async function runningJob(device: string): Promise<JobAnswer | undefined> {
  const { jobs } = await ask<JobsAnswer>(`/v1/jobs?device=${encodeURIComponent(device)}&limit=20`);
  return jobs.find(({ state }) => state === 'running' || state === 'queued');
}

/**
 * Tells whenever a job changes.
 *
 * @returns ends it
 */
export function followJob(id: string, onChange: (job: JobAnswer) => void): () => void {
  const events = new EventSource(`/v1/jobs/${id}/events`);
  events.addEventListener('job', ({ data }) => onChange(JSON.parse(data)));
  return () => events.close();
}
