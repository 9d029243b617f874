import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Path of a shared measured data file, or undefined where the checkout has no `../shared` beside it. */
export function sharedData(name: string): string | undefined {
  return shared(`data/${name}`);
}

/** Path of an input that once went wrong, with the right values in `../shared/cases/README.md`; or undefined. */
export function sharedCase(name: string): string | undefined {
  return shared(`cases/${name}`);
}

function shared(name: string): string | undefined {
  const path = `${root}${name}`;
  return existsSync(path) ? path : undefined;
}

/** `skip` option of a test that needs a shared file: false, or the notice that says why it is skipped. */
export function needsShared(name: string): false | string {
  return sharedData(name) ? false : `no ../shared/data/${name} beside the checkout`;
}
