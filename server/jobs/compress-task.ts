import type { CompressionBody, OfFile } from '../../api/compressions.js';
import type { CompressionReport } from '../../src/compress/report.js';

/** A job's request as it was sent, except for the model, which is kept as a file under its digest. */
export type CompressionJob =
  | Exclude<CompressionBody, OfFile>
  | (Omit<OfFile, 'onnx'> & { readonly data: string });

/** The task of a compressing process, in its job's folder. */
export type CompressTask = CompressionJob & {
  /** Folders of predictors. */
  readonly models: readonly string[];
};

/** What it leaves there besides the model. */
export interface CompressResult {
  readonly report: CompressionReport;
  readonly notes: readonly string[];
}

/** Name of the model that was sent, in the store and in a job's folder. */
export const SENT_MODEL_FILE = 'sent.onnx';
/** Names of the files a job makes. */
export const SMALLER_FILE = 'smaller.onnx';
export const REPORT_FILE = 'report.json';
/** What an attempt leaves for the next: the run's log, and the latencies it started from. */
export const LOG_FILE = 'run.jsonl';
export const LATENCIES_FILE = 'latencies.json';

/** Progress within the current step of the job. */
export interface CompressProgress {
  readonly doing: 'decomposing matrices' | 'predicting latencies' | 'evaluating ranks';
  readonly done: number;
  readonly of: number;
}
