/** A network as it was predicted without any of its family. */
export interface LeftOutRow {
  /** What the prediction was learned from, and how. */
  readonly learnedFrom: string;
  /** What the networks learned from were drawn by. */
  readonly seed: number;
  readonly family: string;
  readonly network: string;
  readonly predictedUs: number;
  readonly totalUs: number;
  readonly familiar: boolean;
  /** Scale of the error in log space that the prediction claims. */
  readonly scale: number;
}
