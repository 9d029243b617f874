import { setImmediate as nextTurn } from 'node:timers/promises';
import { InputError, quote } from '../src/errors.js';
import type { SearchSpace } from '../src/spaces/space.js';
import type { ErrorDetail } from './errors.js';
import type { UploadBody } from './schemas/measurements.js';
import { type NewMeasurement, throwIfAny } from './store/measurements.js';

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
  const rows = texts.map((architecture) => ({ architecture, latencyMs: 1 }));
  const checked = await checkedRows(space, rows, (row) => `architectures.${row}`);
  return [...new Set(checked.map(({ architecture }) => architecture))];
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
  for (let row = 0; row < rows.length; row++) {
    if (row % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
    const { architecture, latencyMs, candidate } = rows[row];
    if (!Number.isFinite(latencyMs) || latencyMs <= 0) {
      const message = `${quote(latencyMs)} is not a latency, which must be a finite number above 0`;
      details.push({ field: placeOf(row, 'latencyMs'), message });
    }
    try {
      checked.push({ architecture: space.format(space.parse(architecture)), latencyMs, candidate });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      details.push({ field: placeOf(row, 'architecture'), message: error.message });
    }
  }
  throwIfAny(details);
  return checked;
}
