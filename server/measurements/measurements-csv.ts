import { parse } from 'csv-parse/sync';
import { MAX_MEASUREMENTS, type UploadRow } from '../../api/measurements.js';
import { decimalNumber } from '../../src/base/decimal.js';
import { quote } from '../../src/base/errors.js';
import type { ColumnReading } from '../../src/datasets/column-reading.js';
import {
  CSV_OPTIONS,
  type CsvRow,
  csvProblem,
  lengthProblem,
  type ParsedRow,
  rowPlacer,
} from '../../src/datasets/csv.js';
import { LATENCY, type Metric } from '../../src/metrics/metric.js';
import { ApiError, type ErrorDetail, MAX_DETAILS, throwIfAny } from '../http/errors.js';
import { readUploadHeader, type UploadColumns } from './upload-columns.js';

/** An upload's rows as in its JSON form, the place of each, and how its columns were read. */
export interface CsvMeasurements {
  readonly measurements: UploadRow[];
  readonly places: CsvPlace[];
  readonly columns: readonly ColumnReading[];
}

/** The place of a measurement: a line may have several. */
export interface CsvPlace {
  readonly line: number;
  /** Column of its value. */
  readonly column: string;
}

/** Thrown to stop reading early. */
class Enough extends Error {}

/**
 * Reads an upload in CSV, see `readUploadHeader`. Each value in a row is a measurement. Architectures are not parsed.
 * Reading ends at the first row too many, and after a hundred bad ones.
 *
 * @param device device of the upload
 * @param metrics see `readUploadHeader`
 * @throws ApiError 400 naming line and column of each bad value
 */
export function readMeasurementsCsv(
  csv: Uint8Array,
  device: string,
  metrics?: readonly Metric[],
): CsvMeasurements {
  const rows = new Rows(device, metrics);
  const placed = rowPlacer();
  try {
    parse(Buffer.from(csv.buffer, csv.byteOffset, csv.byteLength), {
      ...CSV_OPTIONS,
      relax_column_count: true,
      // Returns nothing, so that csv-parse keeps nothing.
      on_record(row) {
        // With `info` the row has another shape than its type says.
        rows.read(placed(row as unknown as ParsedRow));
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
  private readonly measurements: UploadRow[] = [];
  private readonly places: CsvPlace[] = [];
  private columns: UploadColumns | undefined;
  /** Device named by the rows, if any. */
  private named: string | undefined;

  constructor(
    private readonly device: string,
    private readonly metrics?: readonly Metric[],
  ) {}

  read({ record, line }: CsvRow): void {
    if (!this.columns) this.columns = readUploadHeader(record, this.device, this.metrics);
    else this.readRow(record, line, this.columns);
  }

  finish(): CsvMeasurements {
    // An empty file has no header either.
    const { readings: columns } = this.columns ?? readUploadHeader([], this.device, this.metrics);
    throwIfAny('invalid_measurements', this.details);
    return { measurements: this.measurements, places: this.places, columns };
  }

  private readRow(record: readonly string[], line: number, columns: UploadColumns): void {
    const { header, architecture, candidate, values, long, device } = columns;
    const length = lengthProblem(record, header);
    if (length !== undefined) {
      this.refuse(`line ${line}`, length);
      return;
    }
    if (device >= 0) this.checkDevice(record[device].trim(), line);
    const id = candidate < 0 ? '' : record[candidate].trim();
    const about = { architecture: record[architecture], ...(id === '' ? {} : { candidate: id }) };
    const given = values.filter(({ column }) => record[column].trim() !== '');
    // A cell is empty if a metric was not measured; a row without any value is an error.
    const counted = given.length > 0 || long ? given : values.slice(0, 1);
    for (const { column, name, metric, factor } of counted) {
      const value = this.numberIn(record, column, line, name) * factor;
      const said = metric === LATENCY.name ? { latencyMs: value } : { metric, value };
      this.add({ ...about, ...said }, { line, column: name });
    }
    if (!long) return;
    const unit = long.unit < 0 ? '' : record[long.unit].trim();
    const value = this.numberIn(record, long.value, line, 'value');
    const said = { metric: record[long.metric].trim(), value, ...(unit === '' ? {} : { unit }) };
    this.add({ ...about, ...said }, { line, column: 'value' });
  }

  private numberIn(record: readonly string[], column: number, line: number, name: string): number {
    const value = decimalNumber(record[column]);
    if (!Number.isFinite(value)) {
      const problem = Number.isNaN(value) ? 'is not a number' : 'is too large for a number';
      this.refuse(`line ${line}, column ${name}`, `${quote(record[column].trim())} ${problem}`);
    }
    return value;
  }

  private add(row: UploadRow, place: CsvPlace): void {
    if (this.measurements.length === MAX_MEASUREMENTS) {
      this.refuse(
        `line ${place.line}`,
        `an upload may have at most ${MAX_MEASUREMENTS} measurements; send the rest in another one`,
      );
      throw new Enough();
    }
    this.measurements.push(row);
    this.places.push(place);
  }

  private checkDevice(name: string, line: number): void {
    this.named ??= name;
    if (name === this.named) return;
    const message = `is ${quote(name)}, but earlier rows are of ${quote(this.named)}; an upload is for one device`;
    this.refuse(`line ${line}, column device`, message);
  }

  private refuse(field: string, message: string): void {
    this.details.push({ field, message });
    if (this.details.length > MAX_DETAILS) throw new Enough();
  }
}
