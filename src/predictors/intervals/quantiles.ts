import { Type } from '#typebox';

/**
 * Positions below which shares of new measurements lie, on the logarithmic scale between an interval's ends:
 * 0 is the lower end, 1 the upper. Shares and positions are in ascending order.
 */
export type Quantiles = readonly { readonly share: number; readonly position: number }[];

/** Quantiles in the form of cards. */
export const KeptPositions = Type.Array(Type.Object({ share: Type.Number(), position: Type.Number() }), {
  description:
    'Bounds that a share of new measurements stays below: positions between the ends, 0 to 1, on a logarithmic scale',
});

/** Shares whose quantiles are kept, from that of an interval's lower end to that of its upper end. */
export const SHARES = [
  0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95,
];

/** A measurement of a network that its predictor had not seen. */
export interface Positioned {
  /** Position along its interval: 0 at the lower end, 1 at the upper. */
  readonly position: number;
  /** Its weight; 1 by default. */
  readonly weight?: number;
}

/** Position of ln(measured / predicted) along an interval that is symmetric in log space. */
export function positionIn(residual: number, halfWidth: number): number {
  return (residual / halfWidth + 1) / 2;
}

/**
 * Quantiles of the positions of held-out measurements, interpolated linearly. The outermost are the
 * interval's ends, or farther out if measurements are.
 */
export function quantilesOf(heldOut: readonly Positioned[]): Quantiles {
  const sorted = [...heldOut].sort((a, b) => a.position - b.position);
  const total = sorted.reduce((sum, { weight = 1 }) => sum + weight, 0);
  // The total is that of one more measurement, so that the outermost quantiles are not beyond all of them.
  const all = total * (1 + 1 / sorted.length);
  let below = 0;
  const known = sorted.map(({ position, weight = 1 }) => {
    below += weight;
    return { share: below / all, position };
  });
  return SHARES.map((share, i) => {
    const position = positionAt(known, share);
    if (i === 0) return { share, position: Math.min(0, position) };
    return { share, position: i === SHARES.length - 1 ? Math.max(1, position) : position };
  });
}

function positionAt(known: Quantiles, share: number): number {
  const after = known.findIndex((quantile) => quantile.share >= share);
  if (after <= 0) return known.at(after)!.position;
  const [a, b] = [known[after - 1], known[after]];
  return a.position + ((share - a.share) / (b.share - a.share)) * (b.position - a.position);
}
