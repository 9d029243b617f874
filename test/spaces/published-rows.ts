import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { sharedData } from '../shared-data.js';

/** Rows of a shared data file as objects; call it only where `needsShared` lets the test run. */
export function publishedRows(name: string): Record<string, string>[] {
  const path = sharedData(name);
  if (!path) throw new Error(`${name} is not there`);
  return parse(gunzipSync(readFileSync(path)), { columns: true });
}
