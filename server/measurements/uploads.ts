import { setImmediate as nextTurn } from 'node:timers/promises';
import { LATENCY_MS, type UploadBody } from '../../api/measurements.js';
import { InputError, quote } from '../../src/base/errors.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import { type ErrorDetail, MAX_DETAILS, throwIfAny } from '../errors.js';
import type { NewMeasurement } from '../store/measurements.js';

/** Rows that are checked before other requests get their turn: a millisecond or so. */
const ROWS_PER_TURN = 500;

/** Names a row's field in an error. */
export type PlaceOf = (row: number, field: string) => string;

/**
 * Checks architectures that are to be measured.
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
  rows: UploadBody['measurements'],
  placeOf: PlaceOf,
): Promise<NewMeasurement[]> {
  const checked: NewMeasurement[] = [];
  const details: ErrorDetail[] = [];
  await forEachRow(rows, details, ({ architecture: text, latencyMs, candidate }, row) => {
    if (!isLatency(latencyMs)) {
      const message = `${quote(latencyMs)} is not a latency, which must be a number from ${LATENCY_MS.least} to ${LATENCY_MS.most} ms`;
      details.push({ field: placeOf(row, 'latencyMs'), message });
    }
    const architecture = canonical(space, text, placeOf(row, 'architecture'), details);
    if (architecture !== undefined) checked.push({ architecture, latencyMs, candidate });
  });
  throwIfAny('invalid_measurements', details);
  return checked;
}

/** Whether a number can be a latency, ms. */
export function isLatency(ms: number): boolean {
  return ms >= LATENCY_MS.least && ms <= LATENCY_MS.most;
}

/** An architecture in canonical form; where there is none, the reason goes to the details. */
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

/** Checks one row after the other, until so many are bad that an answer does not list more. */
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
