import { parse } from 'csv-parse/sync';
import { MAX_MEASUREMENTS } from '../../api/measurements.js';
import { quote } from '../../src/base/errors.js';
import { CSV_OPTIONS, type CsvRow, csvProblem } from '../../src/datasets/csv.js';
import { knownSpaces } from '../../src/spaces/registry.js';
import { ApiError, type ErrorDetail, MAX_DETAILS, throwIfAny } from '../errors.js';

/** Milliseconds in one of each unit that a latency column may name. */
const UNITS = new Map([
  ['latency_ms', 1],
  ['latency_s', 1000],
  ['latency_us', 0.001],
]);

/** An upload's rows as its JSON form has them, and the line each stands in. */
export interface CsvMeasurements {
  readonly measurements: { architecture: string; latencyMs: number; candidate?: string }[];
  readonly lines: number[];
}

/** Enough is known: what comes after is not read. */
class Enough extends Error {}

/**
 * Reads an upload in CSV: an architecture column, `latency_ms` (or `latency_s`, `latency_us`), and `candidate` where
 * there is one. Architectures are not looked into. Reading ends with the first row too many, and after a hundred bad ones.
 *
 * @throws ApiError 400 naming line and column of each bad value
 */
export function readMeasurementsCsv(csv: Uint8Array): CsvMeasurements {
  const rows = new Rows();
  try {
    parse(Buffer.from(csv.buffer, csv.byteOffset, csv.byteLength), {
      ...CSV_OPTIONS,
      relax_column_count: true,
      // Nothing is returned, so that csv-parse keeps nothing.
      on_record(row) {
        // With `info` it gets another shape than its types say.
        rows.read(row as unknown as CsvRow);
        return undefined;
      },
    });
  } catch (error) {
    const problem = csvProblem(error);
    if (problem !== undefined) throw new ApiError(400, 'malformed_csv', problem);
    if (!(error instanceof Enough)) throw error;
  }
  return rows.finish();
}

class Rows {
  private readonly details: ErrorDetail[] = [];
  private readonly result: CsvMeasurements = { measurements: [], lines: [] };
  private header: readonly string[] | undefined;
  private columns = { architecture: -1, latency: -1, candidate: -1 };

  read({ record, info: { lines: line } }: CsvRow): void {
    if (!this.header) this.readHeader(record);
    else this.readRow(record, line, this.header);
  }

  finish(): CsvMeasurements {
    // Without any line there is no header either.
    if (!this.header) this.readHeader([]);
    throwIfAny('invalid_measurements', this.details);
    return this.result;
  }

  private readHeader(record: readonly string[]): void {
    const header = record.map((name) => name.trim());
    const architecture = header.findIndex((name) =>
      knownSpaces().some((s) => s.architectureColumns.includes(name)),
    );
    const latency = header.findIndex((name) => UNITS.has(name));
    if (architecture < 0 || latency < 0) {
      const message = `the first line must name the columns: architecture (or arch), latency_ms (or latency_s, latency_us), and candidate where there is one; it is ${quote(header.join(','))}`;
      throw new ApiError(400, 'malformed_csv', message, [{ field: 'line 1', message }]);
    }
    this.columns = { architecture, latency, candidate: header.indexOf('candidate') };
    this.header = header;
  }

  private readRow(record: readonly string[], line: number, header: readonly string[]): void {
    const { architecture, latency, candidate } = this.columns;
    const { measurements, lines } = this.result;
    const value = record[latency]?.trim() ?? '';
    const latencyMs = Number(value) * UNITS.get(header[latency])!;
    if (record.length !== header.length) {
      this.refuse(`line ${line}`, `has ${record.length} fields where the header has ${header.length}`);
    } else if (value === '' || Number.isNaN(latencyMs)) {
      this.refuse(`line ${line}, column ${header[latency]}`, `${quote(value)} is not a number`);
    } else if (measurements.length === MAX_MEASUREMENTS) {
      this.refuse(
        `line ${line}`,
        `an upload has ${MAX_MEASUREMENTS} measurements at most; send the rest in another`,
      );
      throw new Enough();
    } else {
      const id = candidate < 0 ? '' : record[candidate].trim();
      measurements.push({
        architecture: record[architecture],
        latencyMs,
        ...(id === '' ? {} : { candidate: id }),
      });
      lines.push(line);
    }
  }

  private refuse(field: string, message: string): void {
    this.details.push({ field, message });
    if (this.details.length > MAX_DETAILS) throw new Enough();
  }
}
