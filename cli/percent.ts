/** A share as people read it: `96.3 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
