import type { CompressionReport } from '../src/compress/report.js';
import { percent } from './percent.js';
import { plainTable } from './table.js';

/** What `tempograph compress --json` prints about the model it wrote. */
export interface PrintedCompression extends Omit<CompressionReport, 'evaluated'> {
  readonly out: string;
  /** Latency as the sum of what was learned about each matrix; absent without a device. */
  readonly addedUpMs?: number;
  /** Number of models evaluated. */
  readonly evaluated: number;
  /** As a share of the largest output; null if no output is a floating-point number. */
  readonly differenceFromProducts: number | null;
}

/** A matrix that stays dense is reported if it has at least this share of the parameters. */
const WORTH_SAYING = 0.02;

/** Prints the report for people. @param device the device latencies are predicted for; without one they were measured */
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
        `${addedUpMs?.toPrecision(3)} ms was expected from its matrices one by one`,
    );
  }
  console.log(
    difference === null
      ? 'it runs in onnxruntime; no output is a floating-point number to compare with the products of its factors'
      : `in onnxruntime it differs from the products of its factors by ${difference.toExponential(1)} of the largest output`,
  );
}
