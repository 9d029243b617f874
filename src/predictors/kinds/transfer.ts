import { basisEncoding } from '../encodings/basis-encoding.js';

/** `transfer`: a device learned from few samples and the source devices. It has no fit of its own. */
export const transferKind = {
  name: 'transfer',
  description: 'source devices and operation counts, weighed by a few samples',
  encoding: basisEncoding,
  intervalEncoding: basisEncoding,
} as const;
