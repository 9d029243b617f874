/** A share as text: `96.3 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
