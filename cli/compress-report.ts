import type { CompressionReport } from '../src/compress/report.js';
import { percent } from './percent.js';
import { plainTable } from './table.js';

/** What `tempograph compress --json` prints of the model that it wrote. */
export interface PrintedCompression extends Omit<CompressionReport, 'evaluated'> {
  readonly out: string;
  /** Latency, where there is a device: the sum of what was learned of its matrices one by one. */
  readonly addedUpMs?: number;
  /** So many models. */
  readonly evaluated: number;
  /** As a share of the greatest output; null where no output is a floating-point number. */
  readonly differenceFromProducts: number | null;
}

/** Share of the parameters from which a matrix that stays is worth a word. */
const WORTH_SAYING = 0.02;

/** The report for people. @param device that latencies are predicted for; measured without one */
export function printCompression(report: PrintedCompression, device?: string): void {
  const table = plainTable(['matrix', 'part', 'size', 'rank', 'numbers left', 'energy']);
  for (const { name, part, rows, columns, rank, energy } of report.matrices) {
    const left = rank === null ? 1 : (rank * (rows + columns)) / (rows * columns);
    table.push([name, part, `${rows} × ${columns}`, rank ?? 'dense', percent(left), percent(energy)]);
  }
  console.log(table.toString());
  for (const { name, elements, reason } of report.leftAlone) {
    if (elements >= WORTH_SAYING * report.denseParameters) console.log(`${name} stays as it is: ${reason}`);
  }
  const { out, accuracy, denseAccuracy, parameters, evaluated } = report;
  console.log(
    `${out}: accuracy ${accuracy.toFixed(3)} (dense ${denseAccuracy.toFixed(3)}), ` +
      `${percent(parameters)} of ${report.denseParameters.toLocaleString('en')} parameters, ${evaluated} models evaluated`,
  );
  const { latencyMs, denseMs, addedUpMs, differenceFromProducts: difference } = report;
  if (latencyMs !== undefined) {
    const how = device === undefined ? 'measured' : `predicted for ${device}`;
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
