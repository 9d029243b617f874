/** Pairs of network and accelerator with their metrics; each array has one entry per pair. */
export interface Pairs {
  readonly accuracy: ArrayLike<number>;
  readonly latencyMs: ArrayLike<number>;
  readonly areaMm2: ArrayLike<number>;
}

/**
 * The Pareto front: pairs for which no other is at least as accurate, fast and small. The algorithm sweeps by
 * decreasing accuracy and maintains the staircase of latency and area (Kung, Luccio & Preparata, J. ACM
 * 22(4), 1975).
 *
 * @returns positions by decreasing accuracy, then by increasing latency; of equal pairs, the first
 */
export function frontOfPairs({ accuracy, latencyMs, areaMm2 }: Pairs): number[] {
  const order = Uint32Array.from({ length: accuracy.length }, (_, i) => i).sort(
    (a, b) => accuracy[b] - accuracy[a] || latencyMs[a] - latencyMs[b] || areaMm2[a] - areaMm2[b] || a - b,
  );
  const front: number[] = [];
  /** Pairs that no pair so far dominates in latency and area, by increasing latency and decreasing area. */
  const stairs: number[] = [];
  for (const pair of order) {
    if (!Number.isFinite(latencyMs[pair])) continue;
    // Finds the first stair that is slower than the pair; the one before it is the smallest of those that are
    // not.
    let [low, high] = [0, stairs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (latencyMs[stairs[middle]] <= latencyMs[pair]) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && areaMm2[stairs[low - 1]] <= areaMm2[pair]) continue;
    let from = low;
    while (from > 0 && latencyMs[stairs[from - 1]] === latencyMs[pair]) from--;
    let to = low;
    while (to < stairs.length && areaMm2[stairs[to]] >= areaMm2[pair]) to++;
    stairs.splice(from, to - from, pair);
    front.push(pair);
  }
  return front;
}
