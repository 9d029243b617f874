import type { Random } from '../base/random.js';

/** Neighbours that each gradient is the mean of. */
const NEIGHBOURS = 2;

/**
 * Gradient of the mean loss over a mixed architecture's neighbours (NA-DARTS, Wang et al., arXiv:2105.06369): one edge of
 * a neighbour has a single operation, drawn in proportion to the share that it lacks. The gradient is estimated from a few
 * neighbours. It leaves out how the shares change which neighbours are likely, about a twentieth of the whole for cells
 * of NAS-Bench-201.
 *
 * @param choice shares `[edge, operation]`
 * @param gradientAt gradient of the loss by the shares, `[edge, operation]`
 */
export async function neighbourGradient(
  choice: Float32Array,
  operations: number,
  random: Random,
  gradientAt: (choice: Float32Array) => Promise<Float32Array>,
): Promise<Float32Array> {
  const mean = new Float32Array(choice.length);
  for (let i = 0; i < NEIGHBOURS; i++) {
    const { edge, neighbour } = drawNeighbour(choice, operations, random);
    const gradient = await gradientAt(neighbour);
    gradient.forEach((value, at) => {
      if (Math.floor(at / operations) !== edge) mean[at] += value / NEIGHBOURS;
    });
  }
  return mean;
}

function drawNeighbour(choice: Float32Array, operations: number, random: Random) {
  const lacking = choice.reduce((sum, share) => sum + 1 - share, 0);
  let left = random.uniform() * lacking;
  let drawn = choice.findIndex((share) => {
    left -= 1 - share;
    return left < 0;
  });
  // Rounding may leave a little over.
  if (drawn < 0) drawn = choice.length - 1;
  const edge = Math.floor(drawn / operations);
  const neighbour = choice.slice();
  neighbour.fill(0, edge * operations, (edge + 1) * operations);
  neighbour[drawn] = 1;
  return { edge, neighbour };
}
