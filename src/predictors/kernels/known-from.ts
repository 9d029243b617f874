/** Number of distinct kernels of a kind that must have been profiled for the kind to be known. */
export const KNOWN_FROM = 8;
