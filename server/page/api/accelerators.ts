import type { FrontierFile, FrontierPoint } from '../../../src/search/codesign/frontier-file.js';
import type { Accelerator, AcceleratorsAnswer, BreakdownAnswer, Layer } from '../../schemas/accelerators.js';
import type { FrontiersAnswer } from '../../schemas/frontiers.js';
import { ask, post } from './request.js';

export type { Accelerator, BreakdownAnswer, FrontierFile, FrontierPoint, Layer };

/** A network on an accelerator: a published one by its name, or an architecture of a space. */
export type AskedNetwork = { network: string } | { space: string; architecture: string };

export function fetchAccelerators(): Promise<AcceleratorsAnswer> {
  return ask<AcceleratorsAnswer>('/v1/accelerators');
}

export function fetchBreakdown(device: string, asked: AskedNetwork): Promise<BreakdownAnswer> {
  return post<BreakdownAnswer>('/v1/breakdown', { device, ...asked });
}

export function fetchFrontiers(): Promise<FrontiersAnswer> {
  return ask<FrontiersAnswer>('/v1/frontiers');
}

export function fetchFrontier(name: string): Promise<FrontierFile> {
  return ask<FrontierFile>(`/v1/frontiers/${encodeURIComponent(name)}`);
}
