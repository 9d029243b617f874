import type { AcceleratorOperation } from './operations.js';

/**
 * Cuts a network's operations after each one on which all later operations depend, and which depends on all
 * earlier ones. A segment then starts with all engines idle, so the greedy schedule of the network is that of
 * its segments one after another: the makespan is exactly the sum of theirs, and repeated segments need
 * scheduling only once.
 *
 * @returns the segments in order; inputs are positions in the segment
 */
export function segmentsOf(operations: readonly AcceleratorOperation[]): AcceleratorOperation[][] {
  /** Bit i of entry k: operation k depends on operation i, directly or not. */
  const ancestors: bigint[] = [];
  for (const { inputs } of operations) {
    ancestors.push(inputs.reduce((all, i) => all | ancestors[i] | (1n << BigInt(i)), 0n));
  }
  const cuts: number[] = [];
  let commonToLater = -1n;
  for (let k = operations.length - 1; k >= 0; k--) {
    const bit = 1n << BigInt(k);
    if ((commonToLater & bit) !== 0n && ancestors[k] === bit - 1n) cuts.unshift(k);
    commonToLater &= ancestors[k];
  }
  let from = 0;
  // There may be several last operations that no operation joins.
  const ends = cuts.at(-1) === operations.length - 1 ? cuts : [...cuts, operations.length - 1];
  return ends.map((end) => {
    const segment = operations.slice(from, end + 1).map((operation) => ({
      ...operation,
      inputs: operation.inputs.filter((i) => i >= from).map((i) => i - from),
    }));
    from = end + 1;
    return segment;
  });
}
