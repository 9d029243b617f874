import type { Tensor } from '@tensorflow/tfjs';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { mean, standardDeviation } from 'simple-statistics';
import { tf } from '../../nn/engines/tfjs.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { optionCount, type SoftModel } from './soft-model.js';

/**
 * Candidate shares of the variance due to pairs of choices (the rest being due to single choices), and of the
 * noise.
 */
const PAIR_SHARES = [0.1, 0.4, 0.8];
const NOISE = [1e-5, 1e-3, 1e-2, 1e-1, 0.5];

/** Number of samples on which variances are compared; all samples are used for learning. */
const MOST_COMPARED = 300;

/** c + Σ wᵢ·pᵢ + Σ qᵢⱼ·pᵢ·pⱼ over options i < j of different slots. */
interface Weights {
  readonly constant: number;
  /** `[option]` */
  readonly linear: Float32Array;
  /** `[option, option]`, above the diagonal. */
  readonly pairs: Float32Array;
}

/**
 * A sum over the choices and the pairs of choices of a network. It is linear in the shares of each slot, so
 * its value at a soft choice *is* the expectation over networks drawn slot by slot with these shares. A
 * perceptron, which has only seen whole networks, merely approximates it.
 *
 * Weights are normally distributed around zero, with the variances that make the samples most probable
 * (Bishop, Pattern Recognition and Machine Learning, section 3.5). They are solved for in the samples' duals
 * if there are fewer samples than choices and pairs, as in a large space.
 */
export class MultilinearModel implements SoftModel {
  private constructor(
    private readonly space: SearchSpace,
    readonly weights: Weights,
  ) {}

  /** @param values `[architecture]`, at least two */
  static fit(
    space: SearchSpace,
    architectures: readonly Architecture[],
    values: Float64Array,
  ): MultilinearModel {
    const samples = architectures.length;
    const slots = space.slots.length;
    const [centre, spread] = [mean([...values]), standardDeviation([...values]) || 1];
    const targets = Array.from(values, (value) => (value - centre) / spread);
    const compared = Math.min(samples, MOST_COMPARED);
    const few = architectures.slice(0, compared);
    let best: (Variances & { readonly evidence: number }) | undefined;
    for (const share of slots > 1 ? PAIR_SHARES : [0]) {
      // Scaled so that a network has variance 1.
      const ofOne = (1 - share) / slots;
      const ofPair = slots > 1 ? share / ((slots * (slots - 1)) / 2) : 0;
      for (const noise of NOISE) {
        const variances = { ofOne, ofPair, noise };
        const { evidence } = solve(few, targets.slice(0, compared), variances);
        if (!best || evidence > best.evidence) best = { ...variances, evidence };
      }
    }
    const terms = termsOf(space);
    const alpha =
      samples > terms.count
        ? solveByTerms(terms, architectures, targets, best!)
        : solve(architectures, targets, best!).alpha;
    return new MultilinearModel(space, weightsOf(space, architectures, centre, spread, { ...best!, alpha }));
  }

  value(choice: Tensor): Tensor {
    const { constant, linear, pairs } = this.weights;
    const width = linear.length;
    const inner = tf.add(tf.tensor(linear, [1, width]), tf.matMul(choice, tf.tensor(pairs, [width, width])));
    return tf.add(tf.sum(tf.mul(choice, inner), 1), constant);
  }

  /**
   * Σ (1 - pₛₒ)·f(p with slot s := o) / Σ (1 - pₛₒ). For a function that is linear in each slot, this is the
   * expectation over drawn networks of the mean over their neighbours (NA-DARTS, arXiv:2105.06369, samples
   * its gradient instead).
   */
  neighbourMean(choice: Tensor): Tensor {
    const { space, weights } = this;
    const width = weights.linear.length;
    const pairs = tf.tensor(weights.pairs, [width, width]);
    const slope = tf.add(
      tf.tensor(weights.linear, [1, width]),
      tf.add(tf.matMul(choice, pairs), tf.matMul(choice, tf.transpose(pairs))),
    );
    // f with slot s := o is f + slope of o - mean slope in s.
    const ofSlot = tf.matMul(tf.mul(choice, slope), tf.tensor(sameSlot(space), [width, width]));
    const changes = tf.sum(tf.mul(tf.sub(1, choice), tf.sub(slope, ofSlot)), 1);
    return tf.add(this.value(choice), tf.div(changes, width - space.slots.length));
  }

  /** Its value at one soft choice `[option]`, and the derivative with respect to each share. */
  at(choice: Float32Array): { readonly value: number; readonly slope: Float32Array } {
    const { constant, linear, pairs } = this.weights;
    const width = linear.length;
    const slope = linear.slice();
    let value = constant;
    for (let i = 0; i < width; i++) {
      value += choice[i] * linear[i];
      for (let j = i + 1; j < width; j++) {
        const pair = pairs[i * width + j];
        value += choice[i] * choice[j] * pair;
        slope[i] += choice[j] * pair;
        slope[j] += choice[i] * pair;
      }
    }
    return { value, slope };
  }

  /** Values of whole networks, `[architecture]`. */
  predict(architectures: readonly Architecture[]): Float64Array {
    const { constant, linear, pairs } = this.weights;
    const width = linear.length;
    const offsets = offsetsOf(this.space);
    return Float64Array.from(architectures, (architecture) => {
      let sum = constant;
      for (let a = 0; a < architecture.length; a++) {
        const i = offsets[a] + architecture[a];
        sum += linear[i];
        for (let b = a + 1; b < architecture.length; b++)
          sum += pairs[i * width + offsets[b] + architecture[b]];
      }
      return sum;
    });
  }
}

interface Variances {
  /** Of the weight of a choice, of the weight of a pair of choices, and of what neither explains. */
  readonly ofOne: number;
  readonly ofPair: number;
  readonly noise: number;
}

/**
 * The samples' duals and the log probability of the targets, up to a constant, with the best scale of the
 * variances.
 */
function solve(
  architectures: readonly Architecture[],
  targets: readonly number[],
  { ofOne, ofPair, noise }: Variances,
): { alpha: Matrix; evidence: number } {
  const samples = architectures.length;
  const kernel = new Matrix(samples, samples);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j <= i; j++) {
      let same = 0;
      for (let slot = 0; slot < architectures[i].length; slot++) {
        same += +(architectures[i][slot] === architectures[j][slot]);
      }
      const value = ofOne * same + ofPair * ((same * (same - 1)) / 2) + (i === j ? noise : 0);
      kernel.set(i, j, value);
      kernel.set(j, i, value);
    }
  }
  const cholesky = new CholeskyDecomposition(kernel);
  const column = Matrix.columnVector([...targets]);
  const alpha = cholesky.solve(column);
  const triangle = cholesky.lowerTriangularMatrix;
  let logDeterminant = 0;
  for (let i = 0; i < samples; i++) logDeterminant += 2 * Math.log(triangle.get(i, i));
  return { alpha, evidence: -samples * Math.log(column.dot(alpha)) - logDeterminant };
}

/** Numbered choices and pairs of choices. */
interface Terms {
  readonly count: number;
  /** The terms of a network: its choices, then their pairs. */
  of(architecture: Architecture): number[];
}

function termsOf(space: SearchSpace): Terms {
  const offsets = offsetsOf(space);
  const width = optionCount(space);
  const numbers = new Map<number, number>();
  space.slots.forEach(({ options }, a) => {
    for (let i = offsets[a]; i < offsets[a] + options.length; i++)
      for (let j = offsets[a] + options.length; j < width; j++)
        numbers.set(i * width + j, width + numbers.size);
  });
  return {
    count: width + numbers.size,
    of(architecture) {
      const chosen = Array.from(architecture, (option, slot) => offsets[slot] + option);
      const pairs = chosen.flatMap((i, a) => chosen.slice(a + 1).map((j) => numbers.get(i * width + j)!));
      return [...chosen, ...pairs];
    },
  };
}

/**
 * The same duals from the normal equations of the terms' weights: cubic in the number of terms, linear in
 * that of samples.
 */
function solveByTerms(
  { count, of }: Terms,
  architectures: readonly Architecture[],
  targets: readonly number[],
  { ofOne, ofPair, noise }: Variances,
): Matrix {
  const normal = Matrix.zeros(count, count);
  const right = Matrix.zeros(count, 1);
  const [one, pair] = [Math.sqrt(ofOne), Math.sqrt(ofPair)];
  const scaled = architectures.map((architecture) => {
    const own = of(architecture);
    return own.map((term, k) => ({ term, value: k < architecture.length ? one : pair }));
  });
  scaled.forEach((own, n) => {
    for (const { term, value } of own) {
      right.set(term, 0, right.get(term, 0) + value * targets[n]);
      for (const other of own)
        normal.set(term, other.term, normal.get(term, other.term) + value * other.value);
    }
  });
  for (let term = 0; term < count; term++) normal.set(term, term, normal.get(term, term) + noise);
  const weights = new CholeskyDecomposition(normal).solve(right);
  return Matrix.columnVector(
    scaled.map((own, n) => {
      const explained = own.reduce((sum, { term, value }) => sum + weights.get(term, 0) * value, 0);
      return (targets[n] - explained) / noise;
    }),
  );
}

function weightsOf(
  space: SearchSpace,
  architectures: readonly Architecture[],
  centre: number,
  spread: number,
  { alpha, ofOne, ofPair }: { readonly alpha: Matrix; readonly ofOne: number; readonly ofPair: number },
): Weights {
  const width = optionCount(space);
  const offsets = offsetsOf(space);
  const [linear, pairs] = [new Float32Array(width), new Float32Array(width * width)];
  architectures.forEach((architecture, n) => {
    const weight = alpha.get(n, 0) * spread;
    for (let a = 0; a < architecture.length; a++) {
      const i = offsets[a] + architecture[a];
      linear[i] += weight * ofOne;
      for (let b = a + 1; b < architecture.length; b++) {
        pairs[i * width + offsets[b] + architecture[b]] += weight * ofPair;
      }
    }
  });
  return { constant: centre, linear, pairs };
}

/** The position of each slot's first option. */
function offsetsOf({ slots }: SearchSpace): number[] {
  let offset = 0;
  return slots.map(({ options }) => {
    offset += options.length;
    return offset - options.length;
  });
}

/** `[option, option]`: 1 if both options belong to the same slot. */
function sameSlot(space: SearchSpace): Float32Array {
  const slotOf = space.slots.flatMap(({ options }, slot) => options.map(() => slot));
  return Float32Array.from(slotOf.flatMap((a) => slotOf.map((b) => +(a === b))));
}
