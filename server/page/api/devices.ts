import type { Device } from '../../../api/devices.js';
import type { JobAnswer } from '../../../api/jobs.js';
import type { DriftAnswer, MeasurementsAnswer } from '../../../api/measurements.js';
import type { MeasuredDevice, OverviewAnswer } from '../../../api/overview.js';
import type { PredictAnswer } from '../../../api/predict.js';
import type { Version, VersionsAnswer } from '../../../api/training.js';
import { ask, post } from './request.js';

export type { Device, MeasuredDevice, Version };
export type Prediction = PredictAnswer['predictions'][number];

/** A network as it was measured, and as the served model predicts it. */
export interface Measured {
  readonly architecture: string;
  readonly measuredMs: number;
  readonly predictedMs: number;
  /** Whether the model was trained with it. */
  readonly learned: boolean;
  readonly interval?: Prediction['interval'];
}

export interface Space {
  readonly name: string;
  readonly description: string;
  readonly example: string;
}

export const deviceUrl = (device: string) => `/v1/devices/${encodeURIComponent(device)}`;

export function fetchOverview(): Promise<OverviewAnswer> {
  return ask<OverviewAnswer>('/v1/overview');
}

export async function fetchDevices(): Promise<Device[]> {
  return (await ask<{ devices: Device[] }>('/v1/devices')).devices;
}

const spaces = new Map<string, Promise<Space>>();

export function fetchSpace(name: string): Promise<Space> {
  const known = spaces.get(name) ?? ask<Space>(`/v1/spaces/${encodeURIComponent(name)}`);
  spaces.set(name, known);
  // One that failed is asked for again.
  known.catch(() => spaces.delete(name));
  return known;
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

/**
 * The first `limit` networks that were measured on a device.
 *
 * @param served whether a model serves the device: then they are predicted too, and compared
 */
export async function fetchMeasured(device: string, limit: number, served: boolean) {
  const found = await ask<MeasurementsAnswer>(`${deviceUrl(device)}/measurements?limit=${limit}`);
  const architectures = found.measurements.map(({ architecture }) => architecture);
  if (!served || architectures.length === 0) return { total: found.total, measured: [], drift: null };
  const [{ predictions }, { drift, unlearned }] = await Promise.all([
    post<PredictAnswer>('/v1/predict', { device, architectures, intervals: true }),
    ask<DriftAnswer>(`${deviceUrl(device)}/drift`),
  ]);
  // Measurements come in the order of their upload, and the latest are those that the model has not seen.
  const seen = found.total - unlearned;
  const measured = found.measurements.flatMap(
    ({ architecture, latencyMs: measuredMs, heldOut }, i): Measured[] => {
      const { latencyMs: predictedMs, interval } = predictions[i];
      const learned = i < seen && !heldOut;
      return predictedMs === undefined ? [] : [{ architecture, measuredMs, predictedMs, learned, interval }];
    },
  );
  return { total: found.total, measured, drift };
}

/** Versions of a measured device's model, the latest first. */
export function fetchVersions(device: string): Promise<VersionsAnswer> {
  return ask<VersionsAnswer>(`${deviceUrl(device)}/versions`);
}

export function promoteVersion(device: string, version: string): Promise<VersionsAnswer> {
  return post<VersionsAnswer>(`${deviceUrl(device)}/promote`, { version });
}

/** Has the version serve that did before the last promotion. */
export function rollBack(device: string): Promise<VersionsAnswer> {
  return post<VersionsAnswer>(`${deviceUrl(device)}/rollback`, {});
}

/** Starts training on all measurements of a device. */
export function train(device: string, predictor: string): Promise<JobAnswer> {
  return post<JobAnswer>(`${deviceUrl(device)}/train`, { predictor });
}

/** Starts a comparison of all predictors on a device's measurements. */
export function evaluate(device: string): Promise<JobAnswer> {
  return post<JobAnswer>(`${deviceUrl(device)}/evaluate`, {});
}
