import { extent } from 'simple-statistics';

/** Maps the smallest of some values to 0, and the largest to 1. */
export function unitScale(values: number[]): (value: number) => number {
  const [least, greatest] = extent(values);
  return (value) => (value - least) / (greatest - least || 1);
}
