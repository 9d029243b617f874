import type { PredictorSummary } from '../../../api/devices.js';
import type { ProductionAnswer } from '../../../api/followed-predictions.js';
import type { JobAnswer } from '../../../api/jobs.js';
import type { DriftAnswer, MeasurementsAnswer, UploadAnswer } from '../../../api/measurements.js';
import type { MeetsAnswer, MeetsBody } from '../../../api/meets.js';
import type { MeasuredDevice, OverviewAnswer } from '../../../api/overview.js';
import type { PredictAnswer, Prediction } from '../../../api/predict.js';
import type { SpaceAnswer } from '../../../api/spaces.js';
import type { Version, VersionsAnswer } from '../../../api/training.js';
import type { ModelCard } from '../../../src/predictors/saved/card.js';
import { ask, post } from './request.js';

export type { MeasuredDevice, Prediction, PredictorSummary, Version };

/** A network with its measured value and the served model's prediction. */
export interface Measured {
  readonly architecture: string;
  /** In the metric's unit, as all values. */
  readonly measured: number;
  readonly predicted: number;
  /** Whether the model was trained with it. */
  readonly learned: boolean;
  readonly interval?: Prediction['interval'];
}

export type Space = SpaceAnswer;

export const deviceUrl = (device: string) => `/v1/devices/${encodeURIComponent(device)}`;

export function fetchOverview(): Promise<OverviewAnswer> {
  return ask<OverviewAnswer>('/v1/overview');
}

/** A predictor's whole card. */
export function fetchCard({ device, metricName }: PredictorSummary): Promise<ModelCard> {
  return ask<ModelCard>(`${deviceUrl(device)}?metric=${encodeURIComponent(metricName)}`);
}

/** All predictors, grouped by device, latency first. */
export async function fetchPredictors(): Promise<PredictorSummary[]> {
  return (await ask<{ predictors: PredictorSummary[] }>('/v1/predictors')).predictors;
}

const spaces = new Map<string, Promise<Space>>();

export function fetchSpace(name: string): Promise<Space> {
  const known = spaces.get(name) ?? ask<Space>(`/v1/spaces/${encodeURIComponent(name)}`);
  spaces.set(name, known);
  // A failed request is not kept, so the next call asks again.
  known.catch(() => spaces.delete(name));
  return known;
}

/** Predictions of an architecture by several predictors of one metric, in their order. */
export async function predictOn(
  predictors: readonly PredictorSummary[],
  architecture: string,
  signal: AbortSignal,
): Promise<Prediction[]> {
  const devices = predictors.map(({ device }) => device);
  const body = { devices, metric: predictors[0].metricName, architectures: [architecture], intervals: true };
  return (await post<PredictAnswer>('/v1/predict', body, signal)).predictions;
}

/** Probability that a measurement of an architecture is within a limit, in the metric's unit; undefined if unknown. */
export async function askProbabilityWithin(
  { device, metricName: metric }: PredictorSummary,
  architecture: string,
  limit: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const body = { device, metric, architectures: [architecture], limit };
  return (await post<PredictAnswer>('/v1/predict', body, signal)).predictions[0].withinLimit;
}

/** Architectures that meet a limit with some probability. */
export function fetchMeets(body: MeetsBody): Promise<MeetsAnswer> {
  return post<MeetsAnswer>('/v1/meets', body);
}

/**
 * The first `limit` networks with a measurement of a metric on a device.
 *
 * @param served whether a model predicts the metric: if so, predictions are fetched and compared too
 */
export async function fetchMeasured(device: string, metric: string, limit: number, served: boolean) {
  const of = `metric=${encodeURIComponent(metric)}`;
  const found = await ask<MeasurementsAnswer>(`${deviceUrl(device)}/measurements?${of}&limit=${limit}`);
  const architectures = found.measurements.map(({ architecture }) => architecture);
  if (!served || architectures.length === 0) return { total: found.total, measured: [], drift: null };
  const [{ predictions }, { drift, unlearned }] = await Promise.all([
    post<PredictAnswer>('/v1/predict', { device, metric, architectures, intervals: true }),
    ask<DriftAnswer>(`${deviceUrl(device)}/drift?${of}`),
  ]);
  // Measurements come in the order of their upload; the model has not seen the latest.
  const seen = found.total - unlearned;
  const measured = found.measurements.flatMap(({ architecture, value, heldOut }, i): Measured[] => {
    const { value: predicted, interval } = predictions[i];
    const learned = i < seen && !heldOut;
    if (value === undefined || predicted === undefined) return [];
    return [{ architecture, measured: value, predicted, learned, interval }];
  });
  return { total: found.total, measured, drift };
}

/**
 * Sends measurements of a device; either all or none are kept.
 *
 * @param csv a column of architectures, and columns that name their metrics and units
 * @param of the upload's key, under which it is kept once, and the space of a new device
 */
export function uploadMeasurements(
  device: string,
  csv: string,
  { key, space }: { readonly key: string; readonly space?: string },
): Promise<UploadAnswer> {
  const query = new URLSearchParams({ key, ...(space === undefined ? {} : { space }) });
  const headers = { 'content-type': 'text/csv' };
  return ask<UploadAnswer>(`${deviceUrl(device)}/measurements?${query}`, {
    method: 'POST',
    headers,
    body: csv,
  });
}

/** How kept predictions agree with later measurements. */
export function fetchProduction(device: string, metric: string): Promise<ProductionAnswer> {
  return ask<ProductionAnswer>(
    `${deviceUrl(device)}/production?metric=${encodeURIComponent(metric)}&limit=0`,
  );
}

/** Versions of a measured device's model of a metric, the latest first. */
export function fetchVersions(device: string, metric: string): Promise<VersionsAnswer> {
  return ask<VersionsAnswer>(`${deviceUrl(device)}/versions?metric=${encodeURIComponent(metric)}`);
}

export function promoteVersion(device: string, metric: string, version: string): Promise<VersionsAnswer> {
  return post<VersionsAnswer>(`${deviceUrl(device)}/promote`, { metric, version });
}

/** Returns to the version that served before the last promotion. */
export function rollBack(device: string, metric: string): Promise<VersionsAnswer> {
  return post<VersionsAnswer>(`${deviceUrl(device)}/rollback`, { metric });
}

/** Starts training on all measurements of a device's metric. */
export function train(device: string, metric: string, predictor: string): Promise<JobAnswer> {
  return post<JobAnswer>(`${deviceUrl(device)}/train`, { metric, predictor });
}

/** Starts a comparison of all predictors on a device's measurements. */
export function evaluate(device: string, metric: string): Promise<JobAnswer> {
  return post<JobAnswer>(`${deviceUrl(device)}/evaluate`, { metric });
}
