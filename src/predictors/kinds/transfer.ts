import { basisEncoding } from '../encodings/basis-encoding.js';

/** `transfer`: a device learned from few samples and the devices known before. It has no fit of its own. */
export const transferKind = {
  name: 'transfer',
  description: 'source devices and operation counts, weighed by a few samples',
  encoding: basisEncoding,
  intervalEncoding: basisEncoding,
} as const;
