import { InputError } from '../../base/errors.js';

/** Whether an accuracy looks like a fraction: in percent, even a poorly trained network is above 1. */
export function isShare(accuracy: number): boolean {
  return accuracy > 0 && accuracy <= 1;
}

/** Suggests the percentage that was probably meant. */
export function inPercent(share: number): string {
  return `accuracies are in percent; did you mean ${Number((100 * share).toPrecision(6))} %?`;
}

/**
 * Refuses accuracies that are all fractions, because limits, rewards and charts use percent.
 *
 * @param accuracies `[architecture]`
 * @throws InputError with the value that was probably meant
 */
export function assertPercentages(
  accuracies: Float64Array,
  location: { readonly file: string; readonly column: string },
): void {
  if (!accuracies.every(isShare)) return;
  throw new InputError(
    `no value is above 1, the first is ${accuracies[0]}: ${inPercent(accuracies[0])}`,
    location,
  );
}
