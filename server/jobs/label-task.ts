import type { LabelRequest } from '../../api/labels.js';

/** The task of a labelling process, in its job's folder. */
export interface LabelTask extends LabelRequest {
  readonly threads: number;
}

/** Name of the labels' file in a job's folder. */
export const LABELS_FILE = 'labels';

/** Networks. */
export interface LabelProgress {
  readonly done: number;
  readonly of: number;
}

export interface LabelResult {
  readonly labels: readonly { readonly architecture: string; readonly latencyMs: number }[];
  /** Networks that do not fit on the device. */
  readonly misfits: number;
}
