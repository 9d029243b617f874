import type { CompressibleModel } from '../src/compress/compressible-model.js';
import { percent } from './percent.js';
import { plainTable } from './table.js';

/** What `tempograph compress --json` prints of the model that it wrote. */
export interface CompressionReport {
  readonly out: string;
  readonly ranks: string;
  readonly accuracy: number;
  readonly denseAccuracy?: number;
  /** Share of the dense model's. */
  readonly parameters: number;
  /** Latencies, where there is a device: as asked for, and the sum of what was learned of its matrices one by one. */
  readonly denseMs?: number;
  readonly latencyMs?: number;
  readonly addedUpMs?: number;
  readonly evaluated: number;
  /** As a share of the greatest output; null where no output is a floating-point number. */
  readonly differenceFromProducts: number | null;
  readonly matrices: readonly {
    readonly name: string;
    readonly part: string;
    readonly rows: number;
    readonly columns: number;
    /** Null of one that stays dense. */
    readonly rank: number | null;
    readonly energy: number;
  }[];
  readonly leftAlone: CompressibleModel['leftAlone'];
}

/** Share of the parameters from which a matrix that stays is worth a word. */
const WORTH_SAYING = 0.02;

/**
 * The report for people.
 *
 * @param dense the parameters of the dense model, and the device that latencies are predicted for; measured without one
 */
export function printCompression(
  report: CompressionReport,
  dense: { readonly parameters: number; readonly device?: string },
): void {
  const table = plainTable(['matrix', 'part', 'size', 'rank', 'numbers left', 'energy']);
  for (const { name, part, rows, columns, rank, energy } of report.matrices) {
    const left = rank === null ? 1 : (rank * (rows + columns)) / (rows * columns);
    table.push([name, part, `${rows} × ${columns}`, rank ?? 'dense', percent(left), percent(energy)]);
  }
  console.log(table.toString());
  for (const { name, elements, reason } of report.leftAlone) {
    if (elements >= WORTH_SAYING * dense.parameters) console.log(`${name} stays as it is: ${reason}`);
  }
  const { out, accuracy, denseAccuracy = Number.NaN, parameters, evaluated } = report;
  console.log(
    `${out}: accuracy ${accuracy.toFixed(3)} (dense ${denseAccuracy.toFixed(3)}), ` +
      `${percent(parameters)} of ${dense.parameters.toLocaleString('en')} parameters, ${evaluated} models evaluated`,
  );
  const { latencyMs, denseMs, addedUpMs, differenceFromProducts: difference } = report;
  if (latencyMs !== undefined) {
    const how = dense.device === undefined ? 'measured' : `predicted for ${dense.device}`;
    console.log(
      `latency ${latencyMs.toPrecision(3)} ms (dense ${denseMs?.toPrecision(3)}), ${how}; ` +
        `${addedUpMs?.toPrecision(3)} ms was expected of its matrices one by one`,
    );
  }
  console.log(
    difference === null
      ? 'it runs in onnxruntime; no output is a floating-point number that could be held against the products'
      : `in onnxruntime it differs from the products of its factors by ${difference.toExponential(1)} of the greatest output`,
  );
}
