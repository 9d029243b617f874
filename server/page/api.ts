import type { Device } from '../schemas/devices.js';
import type { PredictAnswer } from '../schemas/predict.js';

export type { Device };
export type Prediction = PredictAnswer['predictions'][number];

export interface Space {
  readonly name: string;
  readonly description: string;
  readonly example: string;
}

/** @throws Error with the service's own message */
async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error.message);
  return body as T;
}

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
  const body = JSON.stringify({ devices: devices.map(({ id }) => id), architectures: [architecture] });
  const headers = { 'content-type': 'application/json' };
  const answer = await ask<PredictAnswer>('/v1/predict', { method: 'POST', headers, body, signal });
  return answer.predictions;
}
