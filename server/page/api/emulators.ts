import type { EmulateAnswer, EmulatorAnswer, EmulatorsAnswer } from '../../../api/emulators.js';
import { ask, post } from './request.js';

export type { EmulateAnswer, EmulatorAnswer };

export function fetchEmulators(): Promise<EmulatorsAnswer> {
  return ask<EmulatorsAnswer>('/v1/emulators');
}

export function fetchEmulator(name: string): Promise<EmulatorAnswer> {
  return ask<EmulatorAnswer>(`/v1/emulators/${encodeURIComponent(name)}`);
}

/** What the simulator would say of one run. */
export function fetchEmulation(
  name: string,
  run: Record<string, number>,
  signal: AbortSignal,
): Promise<EmulateAnswer> {
  return post<EmulateAnswer>(`/v1/emulators/${encodeURIComponent(name)}/predict`, { runs: [run] }, signal);
}
