/** The multiple of `divisor` nearest to `value`, at least `divisor` and not below 90 % of it (Sandler et al., 2018). */
export function makeDivisible(value: number, divisor = 8, roundLimit = 0.9): number {
  const rounded = Math.max(divisor, Math.floor((value + divisor / 2) / divisor) * divisor);
  return rounded < roundLimit * value ? rounded + divisor : rounded;
}

/** Rounds like Python and NumPy: a half to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
