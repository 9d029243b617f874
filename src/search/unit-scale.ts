import { extent } from 'simple-statistics';

/** 0 at the least of some values, 1 at the greatest. */
export function unitScale(values: number[]): (value: number) => number {
  const [least, greatest] = extent(values);
  return (value) => (value - least) / (greatest - least || 1);
}
