import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.js';

/** The measured data of others, which lies beside a checkout. */
export const DATA: string = join(packageRoot, '../shared/data');

/** Whether measured data is there; says so where it is not. */
export function hasData(path = DATA): boolean {
  const isThere = existsSync(path);
  if (!isThere) console.log(`no measured data in ${path}`);
  return isThere;
}
