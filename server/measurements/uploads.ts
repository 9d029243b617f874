import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UploadRow } from '../../api/measurements.js';
import { InputError, quote } from '../../src/base/errors.js';
import { factorTo, LATENCY, type Metric, metricKey, metricNamed, rangeOf } from '../../src/metrics/metric.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import { type ErrorDetail, MAX_DETAILS, throwIfAny } from '../http/errors.js';
import type { NewMeasurement } from '../store/measurements.js';

/** Rows checked before other requests get a turn: about a millisecond. */
const ROWS_PER_TURN = 500;

/** Names a row's field in an error. */
export type PlaceOf = (row: number, field: string) => string;

/**
 * Checks architectures to be measured.
 *
 * @returns them in canonical form, each once
 * @throws ApiError 400 with one entry per bad one
 */
export async function checkedArchitectures(space: SearchSpace, texts: readonly string[]): Promise<string[]> {
  const checked = new Set<string>();
  const details: ErrorDetail[] = [];
  await forEachRow(texts, details, (text, row) => {
    const architecture = canonical(space, text, `architectures.${row}`, details);
    if (architecture !== undefined) checked.add(architecture);
  });
  throwIfAny('invalid_architectures', details);
  return [...checked];
}

/**
 * Checks an upload's rows against the device's space.
 *
 * @returns them with their architectures in canonical form
 * @throws ApiError 400 with one entry per bad row
 */
export async function checkedRows(
  space: SearchSpace,
  rows: readonly UploadRow[],
  placeOf: PlaceOf,
): Promise<NewMeasurement[]> {
  const checked: NewMeasurement[] = [];
  const details: ErrorDetail[] = [];
  await forEachRow(rows, details, ({ architecture: text, candidate, ...said }, row) => {
    const measured = measuredValue(said, (field) => placeOf(row, field), details);
    const architecture = canonical(space, text, placeOf(row, 'architecture'), details);
    if (architecture !== undefined && measured) checked.push({ architecture, ...measured, candidate });
  });
  throwIfAny('invalid_measurements', details);
  return checked;
}

/** The metric and value of a row, in the metric's own unit; if there is none, the reason is added to the details. */
function measuredValue(
  { latencyMs, metric: named, unit, value }: Omit<UploadRow, 'architecture' | 'candidate'>,
  placeOf: (field: string) => string,
  details: ErrorDetail[],
): Pick<NewMeasurement, 'metric' | 'value'> | undefined {
  const refuse = (field: string, message: string) => void details.push({ field: placeOf(field), message });
  if (latencyMs !== undefined) {
    const [other] = Object.entries({ metric: named, unit, value }).find(([, v]) => v !== undefined) ?? [];
    if (other)
      return refuse(other, 'is given beside latencyMs; send another metric as a measurement of its own');
    if (isValue(LATENCY.name, latencyMs)) return { metric: LATENCY.name, value: latencyMs };
    return refuse('latencyMs', noValue(LATENCY, latencyMs));
  }
  if (named === undefined || value === undefined) {
    const absent =
      named === undefined && value === undefined ? 'latencyMs' : named === undefined ? 'metric' : 'value';
    return refuse(absent, 'is missing: a measurement has latencyMs, or metric and value');
  }
  try {
    const metric = metricNamed(named);
    const inUnit = value * (unit === undefined ? 1 : factorTo(metric, unit));
    const key = metricKey(metric);
    return isValue(key, inUnit) ? { metric: key, value: inUnit } : refuse('value', noValue(metric, inUnit));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return refuse(unit === undefined ? 'metric' : 'unit', error.message);
  }
}

/** Whether a number is a possible value of a metric, in its own unit. */
export function isValue(metric: string, value: number): boolean {
  const { least, most } = rangeOf({ name: metric });
  return value >= least && value <= most;
}

function noValue(metric: Metric, value: number): string {
  const { name, unit } = metric;
  const { least, most } = rangeOf(metric);
  const what = name === LATENCY.name ? 'a latency' : `a value of ${name}`;
  return `${quote(value)} is not ${what}, which must be a number from ${least} to ${most} ${unit}`;
}

/** An architecture in canonical form; if it cannot be read, the reason is added to the details. */
function canonical(
  space: SearchSpace,
  text: string,
  field: string,
  details: ErrorDetail[],
): string | undefined {
  try {
    return space.format(space.parse(text));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    details.push({ field, message: error.message });
    return undefined;
  }
}

/** Checks rows one by one, until there are as many bad ones as an answer lists. */
async function forEachRow<Row>(
  rows: readonly Row[],
  details: readonly ErrorDetail[],
  check: (row: Row, i: number) => void,
): Promise<void> {
  for (const [i, row] of rows.entries()) {
    if (i % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
    check(row, i);
    if (details.length > MAX_DETAILS) return;
  }
}
