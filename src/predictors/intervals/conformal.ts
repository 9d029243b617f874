/**
 * The half-width that covers a share `level` of new samples, from absolute residuals of samples that were not
 * fitted: the ⌈(n + 1)·level⌉-th smallest residual of split conformal prediction (Lei et al., 2018,
 * arXiv:1604.04173, §2.2).
 *
 * @param residuals `[held-out sample]`, at least 0, in any unit (tempograph uses |ln(measured / predicted)|)
 * @param level share to cover, between 0 and 1
 * @returns the half-width in the residuals' unit; infinite if there are too few residuals for the level
 */
export function conformalHalfWidth(residuals: Float64Array, level: number): number {
  const rank = Math.ceil((residuals.length + 1) * level);
  return rank > residuals.length ? Number.POSITIVE_INFINITY : residuals.slice().sort()[rank - 1];
}
