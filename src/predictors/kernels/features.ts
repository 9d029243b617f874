import { type Kernel, VECTOR } from '../../runtimes/kernel.js';
import { terms } from './rates.js';

const log1p = Math.log1p;

/**
 * Distances, in which a kernel's time changes much, of each kind of feature: natural logarithms of sizes, shares of a
 * vector register that are left empty, and whether it computes an activation.
 */
const SCALES = { bytes: 3, sizes: 3, window: 2, channels: 4, vectors: 2, fusion: 4 } as const;

/** Features by whose differences kernels resemble each other, in units of `SCALES`. */
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
  // Functions that take more than a comparison.
  (k) => Number(/Sigmoid|Tanh|Gelu|Swish|Softplus|Erf/.test(k.activation)) / SCALES.fusion,
];

/** What a kernel's time depends on beside its kind. */
export interface KernelFeatures {
  readonly kind: string;
  /** `[feature]` */
  readonly place: Float64Array;
  /** `[term]`, logarithms of its amounts of work about their usual size. */
  readonly work: Float64Array;
}

/** Logarithms about which trends of the amounts of work turn. */
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

/** How kernels resemble each other a priori: standard deviations of the log factor's parts. */
export const PRIOR = {
  /** Of what differs from place to place. */
  local: 0.3,
  /** Of a trend in the work, per unit of its logarithm. */
  trend: 0.05,
  /** Of a kind as a whole. */
  kind: 0.4,
  /** Correlation of local parts and trends between kinds of a group. */
  shared: 0.8,
} as const;

/** Of a kernel's log factor. */
export function variance({ work }: KernelFeatures): number {
  const trend = work.reduce((sum, value) => sum + value * value, 0);
  return PRIOR.local ** 2 + PRIOR.trend ** 2 * trend + PRIOR.kind ** 2;
}

/**
 * Covariances of kernels' log factors with those of some kernels, whose features lie side by side: a Matérn function of
 * their distance (ν = 3/2), a trend, and their kinds.
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
