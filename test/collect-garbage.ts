import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Has all taken away that nothing refers to, as happens by itself sooner or later. */
export const collectGarbage = runInNewContext('gc') as () => void;
