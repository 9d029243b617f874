/** Distinct kernels that must have been profiled of a kind for it to be known. */
export const KNOWN_FROM = 8;
