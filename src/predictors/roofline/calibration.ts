/** Residuals ln(measured / predicted) of networks that were predicted without their kin, and those kin. */
export interface LeftOutResiduals {
  readonly residuals: Float64Array;
  readonly kin: readonly string[];
}

/** Factors of a prediction between which the measurement should lie. */
export interface IntervalFactors {
  readonly low: number;
  readonly high: number;
}

/**
 * The factors between which `level` of the held-out networks lie, all kin having equal weight: networks of
 * one kin have correlated errors, so a new network is exchangeable with kin rather than networks.
 */
export function intervalFactors({ residuals, kin }: LeftOutResiduals, level: number): IntervalFactors {
  const counts = new Map<string, number>();
  for (const name of kin) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = kin
    .map((name, i) => ({ residual: residuals[i], weight: 1 / (counts.get(name) as number) }))
    .sort((a, b) => a.residual - b.residual);
  // There is one kin more, the new one, which may lie beyond all others, as in conformal prediction.
  const tail = ((1 - level) / 2) * (counts.size + 1);
  const quantile = (from: readonly { residual: number; weight: number }[]) => {
    let passed = 0;
    for (const { residual, weight } of from) {
      passed += weight;
      if (passed > tail) return residual;
    }
    return from[from.length - 1].residual;
  };
  return { low: Math.exp(quantile(sorted)), high: Math.exp(quantile(sorted.toReversed())) };
}

/** Share of networks, and mean share over kin, inside intervals from the residuals of the other kin. */
export function leftOutCoverage({ residuals, kin }: LeftOutResiduals, level: number) {
  let inside = 0;
  let width = 0;
  const byKin = new Map<string, number>();
  for (const name of new Set(kin)) {
    const others = kin.flatMap((other, i) => (other === name ? [] : [i]));
    const { low, high } = intervalFactors(
      { residuals: Float64Array.from(others, (i) => residuals[i]), kin: others.map((i) => kin[i]) },
      level,
    );
    const own = kin.flatMap((other, i) => (other === name ? [residuals[i]] : []));
    const hits = own.filter((residual) => residual >= Math.log(low) && residual <= Math.log(high)).length;
    inside += hits;
    width += own.length * (high - low);
    byKin.set(name, hits / own.length);
  }
  const shares = [...byKin.values()];
  return {
    networks: inside / kin.length,
    kin: shares.reduce((sum, share) => sum + share, 0) / shares.length,
    width: width / kin.length,
  };
}
