import type {
  Accelerator,
  AcceleratorsAnswer,
  AskedNetwork,
  BreakdownAnswer,
  LayerBreakdown,
  NetworkAnswer,
  NetworkOperator,
} from '../../../api/accelerators.js';
import type { FrontiersAnswer } from '../../../api/frontiers.js';
import type { KernelsDevicesAnswer, NetworkPredictAnswer } from '../../../api/networks.js';
import type { FrontierFile, FrontierPoint } from '../../../src/search/codesign/frontier-file.js';
import { ask, post } from './request.js';

export type {
  Accelerator,
  AskedNetwork,
  BreakdownAnswer,
  FrontierFile,
  FrontierPoint,
  KernelsDevicesAnswer,
  LayerBreakdown,
  NetworkAnswer,
  NetworkOperator,
  NetworkPredictAnswer,
};

export function fetchAccelerators(): Promise<AcceleratorsAnswer> {
  return ask<AcceleratorsAnswer>('/v1/accelerators');
}

export function fetchBreakdown(device: string, asked: AskedNetwork): Promise<BreakdownAnswer> {
  return post<BreakdownAnswer>('/v1/breakdown', { device, ...asked });
}

/** Devices with learned kernels, which answer for any network, and folders that cannot be read. */
export function fetchKernelsDevices(): Promise<KernelsDevicesAnswer> {
  return ask<KernelsDevicesAnswer>('/v1/networks/devices');
}

export function fetchNetworkPrediction(device: string, asked: AskedNetwork): Promise<NetworkPredictAnswer> {
  return post<NetworkPredictAnswer>('/v1/networks/predict', { device, ...asked });
}

/** A network operator by operator. */
export function fetchNetwork(asked: AskedNetwork): Promise<NetworkAnswer> {
  return post<NetworkAnswer>('/v1/network', asked);
}

export function fetchFrontiers(): Promise<FrontiersAnswer> {
  return ask<FrontiersAnswer>('/v1/frontiers');
}

export function fetchFrontier(name: string): Promise<FrontierFile> {
  return ask<FrontierFile>(`/v1/frontiers/${encodeURIComponent(name)}`);
}
