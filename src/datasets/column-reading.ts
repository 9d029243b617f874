import { type Static, Type } from '#typebox';
import { InputError, quote } from '../base/errors.js';
import { columnOf, factorTo, LATENCY, type Metric, metricNamed, metrics } from '../metrics/metric.js';
import { findUnit } from '../metrics/units.js';

/** What a column was read as, or why it was left out. */
export const ColumnReading = Type.Union([
  Type.Object({
    column: Type.String(),
    device: Type.Optional(Type.String({ description: 'Absent where a row says its device' })),
    metric: Type.String(),
    unit: Type.String({ description: 'As the file has it' }),
    unitsByRow: Type.Optional(
      Type.Boolean({ description: 'Whether a column has the unit of each row instead' }),
    ),
  }),
  Type.Object({ column: Type.String(), leftOut: Type.String({ description: 'Why' }) }),
]);
export type ColumnReading = Static<typeof ColumnReading>;

/** A reading in words: `pi5_mj: energy of pi5 in mJ`, `note: left out, …`. */
export function describeReading(reading: ColumnReading): string {
  if ('leftOut' in reading) return `${reading.column}: left out, ${reading.leftOut}`;
  const { column, device, metric, unit, unitsByRow } = reading;
  const of = device === undefined ? '' : ` of ${device}`;
  const units = unitsByRow ? 'the unit of its row' : (findUnit(unit)?.symbol ?? unit);
  return `${column}: ${metric}${of} in ${units}`;
}

/** What the user declared a column to be, whatever its name. */
export type DeclaredColumn =
  | { readonly device?: string; readonly metric: Metric; readonly unit: string }
  | 'left out';

/**
 * Reads a column's declaration on the command line: `NAME=DEVICE:METRIC:UNIT`, in long files
 * `NAME=:METRIC:UNIT`, or `NAME=-` to leave it out. The unit is optional, except for a metric of the user's
 * own.
 *
 * @throws InputError that shows the expected form
 */
export function declaredColumn(text: string): [name: string, said: DeclaredColumn] {
  const field = '--columns';
  const at = text.lastIndexOf('=');
  const [name, said] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || said === '') {
    throw new InputError(`${quote(text)} is not NAME=DEVICE:METRIC:UNIT, or NAME=- to leave a column out`, {
      field,
    });
  }
  if (said === '-') return [name, 'left out'];
  const [device, named = LATENCY.name, unit, ...better] = said.split(':');
  const own = !metrics.some((metric) => metric.name === named);
  const metric = metricNamed(own && unit !== undefined ? [named, unit, ...better].join(':') : named, field);
  factorTo(metric, unit ?? metric.unit, field);
  return [name, { device: device === '' ? undefined : device, metric, unit: unit ?? metric.unit }];
}

/** Columns of metrics in a file in normalised form. Its card needs this for metrics that no column's name reveals. */
export function normalisedColumns(all: readonly Metric[]): Map<string, DeclaredColumn> {
  return new Map(all.map((metric) => [columnOf(metric), { metric, unit: metric.unit }]));
}
