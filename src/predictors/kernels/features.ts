import { type Kernel, VECTOR } from '../../runtimes/kernel.js';
import { terms } from './rates.js';

const log1p = Math.log1p;

/**
 * Distances over which a kernel's time changes considerably, by kind of feature: natural logarithms of sizes,
 * empty shares of a vector register, and whether an activation is computed.
 */
const SCALES = { bytes: 3, sizes: 3, window: 2, channels: 4, vectors: 2, fusion: 4 } as const;

/** Features whose differences determine how similar kernels are, in units of `SCALES`. */
const FEATURES: readonly ((kernel: Kernel) => number)[] = [
  (k) => log1p(k.inBytes) / SCALES.bytes,
  (k) => log1p(k.outBytes) / SCALES.bytes,
  (k) => log1p(k.weightBytes) / SCALES.bytes,
  (k) => log1p(k.m) / SCALES.sizes,
  (k) => log1p(k.n) / SCALES.sizes,
  (k) => log1p(k.k) / SCALES.sizes,
  (k) => log1p(k.batch) / SCALES.sizes,
  (k) => log1p(k.innerLength) / SCALES.sizes,
  (k) => log1p(k.steps) / SCALES.sizes,
  (k) => log1p(k.window) / SCALES.window,
  (k) => log1p(k.stride) / SCALES.window,
  (k) => log1p(k.dilation) / SCALES.window,
  (k) => log1p(k.groups) / SCALES.window,
  (k) => log1p(k.inChannels) / SCALES.channels,
  (k) => log1p(k.outChannels) / SCALES.channels,
  ...(['m', 'n', 'k', 'inChannels', 'outChannels'] as const).map(
    (size) => (k: Kernel) => (k[size] % VECTOR) / VECTOR / SCALES.vectors,
  ),
  (k) => Number(k.fusedSum) / SCALES.fusion,
  (k) => Number(k.activation !== '') / SCALES.fusion,
  // Activations that take more than a comparison.
  (k) => Number(/Sigmoid|Tanh|Gelu|Swish|Softplus|Erf/.test(k.activation)) / SCALES.fusion,
];

/** The features of a kernel's time, besides its kind. */
export interface KernelFeatures {
  readonly kind: string;
  /** `[feature]` */
  readonly place: Float64Array;
  /** `[term]`: logarithms of its amounts of work, relative to usual amounts. */
  readonly work: Float64Array;
}

/** Logarithms of usual amounts of work, around which trends turn. */
const USUAL = [16, 12, 9];

export function featuresOf(kernel: Kernel): KernelFeatures {
  return {
    kind: kernel.kind,
    place: Float64Array.from(FEATURES, (feature) => feature(kernel)),
    work: Float64Array.from(USUAL, (usual, c) => {
      const amount = terms(kernel)[c];
      return amount > 0 ? log1p(amount) - usual : 0;
    }),
  };
}

/** Prior similarity of kernels: standard deviations of the parts of the log factor. */
export const PRIOR = {
  /** Of the part that varies locally. */
  local: 0.3,
  /** Of a trend with the amount of work, per unit of its logarithm. */
  trend: 0.05,
  /** Of the part common to a kind. */
  kind: 0.4,
  /** Correlation between kinds of a group, for local parts and trends. */
  shared: 0.8,
} as const;

/** Prior variance of a kernel's log factor. */
export function variance({ work }: KernelFeatures): number {
  const trend = work.reduce((sum, value) => sum + value * value, 0);
  return PRIOR.local ** 2 + PRIOR.trend ** 2 * trend + PRIOR.kind ** 2;
}

/**
 * Covariances of kernels' log factors with those of a fixed set of kernels, whose features are stored side by
 * side: a Matérn function of their distance (ν = 3/2), a trend, and the kinds.
 */
export class Covariances {
  private readonly places: Float64Array;
  private readonly works: Float64Array;

  constructor(private readonly kernels: readonly KernelFeatures[]) {
    this.places = Float64Array.from(kernels.flatMap(({ place }) => [...place]));
    this.works = Float64Array.from(kernels.flatMap(({ work }) => [...work]));
  }

  /** @returns `[kernel]` */
  of({ kind, place, work }: KernelFeatures): Float64Array {
    const { kernels, places, works } = this;
    const covariances = new Float64Array(kernels.length);
    for (let i = 0; i < covariances.length; i++) {
      let squared = 0;
      let at = i * place.length;
      for (let f = 0; f < place.length; f++, at++) {
        const difference = place[f] - places[at];
        squared += difference * difference;
      }
      let trend = 0;
      at = i * work.length;
      for (let t = 0; t < work.length; t++, at++) trend += work[t] * works[at];
      const distance = Math.sqrt(3 * squared);
      const local = PRIOR.local ** 2 * (1 + distance) * Math.exp(-distance) + PRIOR.trend ** 2 * trend;
      covariances[i] = kind === kernels[i].kind ? local + PRIOR.kind ** 2 : PRIOR.shared * local;
    }
    return covariances;
  }
}
