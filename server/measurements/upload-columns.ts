import { quote } from '../../src/base/errors.js';
import { severalArchitectures } from '../../src/datasets/architecture-columns.js';
import { readColumnName } from '../../src/datasets/column-name.js';
import type { ColumnReading } from '../../src/datasets/column-reading.js';
import { factorTo, isOwn, type Metric, metricKey, sameMetric } from '../../src/metrics/metric.js';
import { knownSpaces } from '../../src/spaces/registry.js';
import { ApiError } from '../http/errors.js';

/** A column of values of one metric. */
export interface UploadColumn {
  readonly column: number;
  readonly name: string;
  /** Key of the metric, see `metricKey`. */
  readonly metric: string;
  /** Factor to the metric's own unit. */
  readonly factor: number;
}

/** The columns of an upload, by its header; -1 for a missing column. */
export interface UploadColumns {
  readonly header: readonly string[];
  readonly architecture: number;
  readonly candidate: number;
  readonly values: readonly UploadColumn[];
  /** Columns of a file in which each row names its metric. */
  readonly long?: { readonly metric: number; readonly value: number; readonly unit: number };
  /** Column of the device, which must be the same in every row. */
  readonly device: number;
  /** Every column except for architecture and candidate. */
  readonly readings: readonly ColumnReading[];
}

/**
 * Reads the header of an upload: a column of architectures, and columns of values that name their units (`latency_ms`,
 * `energy_j`, `board_mj` of the device `board`) or `metric`, `value` and `unit`.
 *
 * @param device device of the upload
 * @param metrics only these, if given; may include the caller's own, as in `board_co2_g`
 * @throws ApiError 400 if architectures or values are missing, or two columns have the same metric
 */
export function readUploadHeader(
  record: readonly string[],
  device: string,
  metrics?: readonly Metric[],
): UploadColumns {
  const header = record.map((name) => name.trim().replace(/_[µμ]s$/, '_us'));
  const isArchitecture = (name: string) => knownSpaces().some((s) => s.architectureColumns.includes(name));
  const architecture = header.findIndex(isArchitecture);
  const several = severalArchitectures(header.filter(isArchitecture));
  if (several !== undefined) throw malformed(several);
  const [candidate, metric, value, unit] = ['candidate', 'metric', 'value', 'unit'].map((name) =>
    header.indexOf(name),
  );
  const long = metric >= 0 && value >= 0 ? { metric, value, unit } : undefined;
  const taken = [architecture, candidate, ...(long ? [metric, value, unit] : [])];
  const values: UploadColumn[] = [];
  const readings: ColumnReading[] = [];
  for (const [column, name] of header.entries()) {
    if (taken.includes(column)) continue;
    const read = valueColumn(name, device, metrics);
    if ('leftOut' in read) {
      readings.push({ column: name, leftOut: read.leftOut });
      continue;
    }
    const key = metricKey(read.metric);
    const other = values.find((known) => known.metric === key);
    if (other) throw malformed(`two columns are ${key} of ${device}: ${quote(other.name)}, ${quote(name)}`);
    values.push({ column, name, metric: key, factor: factorTo(read.metric, read.unit) });
    readings.push({ column: name, device, metric: key, unit: read.unit });
  }
  if (architecture < 0 || (values.length === 0 && !long)) {
    throw malformed(
      `the first line must name the columns: architecture (or arch), values with their units (latency_ms, latency_us, ` +
        `energy_mj, ${device}_mj) or metric, value and unit, and candidate if there is one; it is ${quote(header.join(','))}`,
    );
  }
  return { header, architecture, candidate, values, long, device: header.indexOf('device'), readings };
}

function valueColumn(
  name: string,
  device: string,
  metrics?: readonly Metric[],
): { readonly metric: Metric; readonly unit: string } | { readonly leftOut: string } {
  if (name === 'device') return { leftOut: 'the address names the device' };
  const { device: of, metric, unit, statistic, problem } = readColumnName(name, metrics?.filter(isOwn));
  if (statistic === 'spread') return { leftOut: 'says how values scatter' };
  if (problem) return { leftOut: problem };
  if (!metric || !unit || name === device)
    return { leftOut: 'has no unit in its name; ?metric=co2:g accepts a column co2_g' };
  if (of !== '' && of !== device) return { leftOut: `is of ${of}, not ${device}` };
  if (metrics && !metrics.some((asked) => sameMetric(asked, metric))) {
    return { leftOut: `is ${metric.name}, but only other metrics were asked for` };
  }
  return { metric, unit: unit.name };
}

function malformed(message: string): ApiError {
  return new ApiError(400, 'malformed_csv', message, [{ field: 'line 1', message }]);
}
