import type { EmulatorArchitecture } from '../../src/emulate/architecture.js';

/** A job's request as it was sent, except for the runs, which are kept as a file under their digest. */
export interface EmulatorJob {
  readonly name: string;
  readonly log?: readonly string[];
  readonly seed?: number;
  readonly steps?: number;
  readonly architecture?: EmulatorArchitecture;
  readonly simulator?: string;
  readonly runs?: number;
  /** Digest of the runs that were sent. */
  readonly data?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: string;
}

/** The task of an emulating process, in its job's folder. */
export interface EmulateTask extends EmulatorJob {
  /** Fits that run in parallel. */
  readonly parallel: number;
}

/** Name of the runs that were sent, in the store and in a job's folder. */
export const SENT_RUNS_FILE = 'sent.csv';
/** Name of the file of the runs being made, in a job's folder. */
export const JOURNAL_FILE = '.runs.jsonl';

/** Whether a file in a job's folder is part of the checkpoint for the next attempt. */
export function isEmulateCheckpoint(name: string): boolean {
  return name === JOURNAL_FILE || /^\.fit-\d+$/.test(name);
}

/** Runs made; then the share of the training that is done, 0 to 1. */
export type EmulateProgress =
  | { readonly runs: number; readonly of: number; readonly failed: number }
  | { readonly trained: number };
