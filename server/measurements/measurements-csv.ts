import { parse } from 'csv-parse/sync';
import { MAX_MEASUREMENTS, type UploadRow } from '../../api/measurements.js';
import { decimalNumber } from '../../src/base/decimal.js';
import { quote } from '../../src/base/errors.js';
import type { ColumnReading } from '../../src/datasets/column-reading.js';
import { CSV_OPTIONS, type CsvRow, csvProblem } from '../../src/datasets/csv.js';
import { LATENCY, type Metric } from '../../src/metrics/metric.js';
import { ApiError, type ErrorDetail, MAX_DETAILS, throwIfAny } from '../http/errors.js';
import { readUploadHeader, type UploadColumns } from './upload-columns.js';

/** An upload's rows as its JSON form has them, where each stands, and what its columns were read as. */
export interface CsvMeasurements {
  readonly measurements: UploadRow[];
  readonly places: CsvPlace[];
  readonly columns: readonly ColumnReading[];
}

/** Where a measurement stands: a line may have several. */
export interface CsvPlace {
  readonly line: number;
  /** Of its value. */
  readonly column: string;
}

/** Enough is known: what comes after is not read. */
class Enough extends Error {}

/**
 * Reads an upload in CSV, see `readUploadHeader`. A row is a measurement for each value in it. Architectures are not
 * looked into. Reading ends with the first row too many, and after a hundred bad ones.
 *
 * @param device that it is of
 * @param metrics see `readUploadHeader`
 * @throws ApiError 400 naming line and column of each bad value
 */
export function readMeasurementsCsv(
  csv: Uint8Array,
  device: string,
  metrics?: readonly Metric[],
): CsvMeasurements {
  const rows = new Rows(device, metrics);
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
  private readonly measurements: UploadRow[] = [];
  private readonly places: CsvPlace[] = [];
  private columns: UploadColumns | undefined;
  /** That the rows name, where they name one. */
  private named: string | undefined;

  constructor(
    private readonly device: string,
    private readonly metrics?: readonly Metric[],
  ) {}

  read({ record, info: { lines: line } }: CsvRow): void {
    if (!this.columns) this.columns = readUploadHeader(record, this.device, this.metrics);
    else this.readRow(record, line, this.columns);
  }

  finish(): CsvMeasurements {
    // Without any line there is no header either.
    const { readings: columns } = this.columns ?? readUploadHeader([], this.device, this.metrics);
    throwIfAny('invalid_measurements', this.details);
    return { measurements: this.measurements, places: this.places, columns };
  }

  private readRow(record: readonly string[], line: number, columns: UploadColumns): void {
    const { header, architecture, candidate, values, long, device } = columns;
    if (record.length !== header.length) {
      this.refuse(`line ${line}`, `has ${record.length} fields where the header has ${header.length}`);
      return;
    }
    if (device >= 0) this.checkDevice(record[device].trim(), line);
    const id = candidate < 0 ? '' : record[candidate].trim();
    const about = { architecture: record[architecture], ...(id === '' ? {} : { candidate: id }) };
    const given = values.filter(({ column }) => record[column].trim() !== '');
    // A network of which one metric was not measured has an empty place; one without any is a mistake.
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
    if (Number.isNaN(value))
      this.refuse(`line ${line}, column ${name}`, `${quote(record[column].trim())} is not a number`);
    return value;
  }

  private add(row: UploadRow, place: CsvPlace): void {
    if (this.measurements.length === MAX_MEASUREMENTS) {
      this.refuse(
        `line ${place.line}`,
        `an upload has ${MAX_MEASUREMENTS} measurements at most; send the rest in another`,
      );
      throw new Enough();
    }
    this.measurements.push(row);
    this.places.push(place);
  }

  private checkDevice(name: string, line: number): void {
    this.named ??= name;
    if (name === this.named) return;
    const message = `is of ${quote(name)}, and rows before it of ${quote(this.named)}; an upload is of one device`;
    this.refuse(`line ${line}, column device`, message);
  }

  private refuse(field: string, message: string): void {
    this.details.push({ field, message });
    if (this.details.length > MAX_DETAILS) throw new Enough();
  }
}
