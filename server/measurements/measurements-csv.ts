import { parse } from 'csv-parse/sync';
import { quote } from '../../src/base/errors.js';
import { CSV_OPTIONS, type CsvRow, csvProblem } from '../../src/datasets/csv.js';
import { spaces } from '../../src/spaces/registry.js';
import { ApiError, type ErrorDetail, throwIfAny } from '../errors.js';

/** Milliseconds in one of each unit that a latency column may name. */
const UNITS: Record<string, number> = { latency_ms: 1, latency_s: 1000, latency_us: 0.001 };

/** An upload's rows as its JSON form has them, and the line each stands in. */
export interface CsvMeasurements {
  readonly measurements: { architecture: string; latencyMs: number; candidate?: string }[];
  readonly lines: number[];
}

/**
 * Reads an upload in CSV: an architecture column, `latency_ms` (or `latency_s`, `latency_us`), and `candidate` where
 * there is one. Architectures are not looked into.
 *
 * @throws ApiError 400 naming line and column of each bad value
 */
export function readMeasurementsCsv(text: string): CsvMeasurements {
  let records: CsvRow[];
  try {
    // With `info` csv-parse answers records in another shape than its types say.
    records = parse(text, { ...CSV_OPTIONS, relax_column_count: true }) as unknown[] as CsvRow[];
  } catch (error) {
    const problem = csvProblem(error);
    if (problem === undefined) throw error;
    throw new ApiError(400, 'malformed_csv', problem);
  }
  const header = records.shift()?.record.map((name) => name.trim()) ?? [];
  const architecture = header.findIndex((name) => spaces.some((s) => s.architectureColumns.includes(name)));
  const latency = header.findIndex((name) => name in UNITS);
  if (architecture < 0 || latency < 0) {
    const message = `the first line must name the columns: architecture (or arch), latency_ms (or latency_s, latency_us), and candidate where there is one; it is ${quote(header.join(','))}`;
    throw new ApiError(400, 'malformed_csv', message, [{ field: 'line 1', message }]);
  }
  const candidate = header.indexOf('candidate');
  const details: ErrorDetail[] = [];
  const result: CsvMeasurements = { measurements: [], lines: [] };
  for (const { record, info } of records) {
    const value = record[latency]?.trim() ?? '';
    const latencyMs = Number(value) * UNITS[header[latency]];
    if (record.length !== header.length) {
      const message = `has ${record.length} fields where the header has ${header.length}`;
      details.push({ field: `line ${info.lines}`, message });
    } else if (value === '' || Number.isNaN(latencyMs)) {
      const message = `${quote(value)} is not a number`;
      details.push({ field: `line ${info.lines}, column ${header[latency]}`, message });
    } else {
      const id = candidate < 0 ? '' : record[candidate].trim();
      result.measurements.push({
        architecture: record[architecture],
        latencyMs,
        ...(id === '' ? {} : { candidate: id }),
      });
      result.lines.push(info.lines);
    }
  }
  throwIfAny('invalid_measurements', details);
  return result;
}
