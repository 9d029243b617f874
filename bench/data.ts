import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.js';

/** The measured data of others, which lies beside a checkout. */
export const DATA: string = join(packageRoot, '../shared/data');
