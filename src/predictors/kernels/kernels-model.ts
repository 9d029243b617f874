import { LRUCache } from 'lru-cache';
import type { Kernel } from '../../runtimes/kernel.js';
import { Cholesky, dot } from '../cholesky.js';
import {
  chooseRepresentatives,
  FactorBasis,
  type FactorPosterior,
  type FactorPrior,
  normalEquations,
} from './factor.js';
import { featuresOf, PRIOR } from './features.js';
import { clockVariance, fitRates, OF_TRANSFER } from './fit-rates.js';
import { type GroupPart, solvedWithTotals } from './fit-totals.js';
import { groupOf } from './groups.js';
import { type Rates, ratedUs } from './rates.js';
import { distinctKernels, type TimedNetwork, timedKernels } from './timed-network.js';

/** Everything learned about a device's kernels. */
export interface KernelsPosterior {
  readonly rates: Rates;
  /** By group of kernels. */
  readonly factors: ReadonlyMap<string, FactorPosterior>;
}

/** A kernel's part of a network's predicted time. */
export interface KernelTime {
  readonly kernel: Kernel;
  /** Number of times that the network runs it. */
  readonly count: number;
  /** Of one run, in microseconds. */
  readonly us: number;
  /** Standard deviation of its logarithm. */
  readonly logStd: number;
}

export interface NetworkTime {
  readonly totalUs: number;
  /** Standard deviation of the total's logarithm, from the posteriors of the kernels. */
  readonly logStd: number;
  /** Equal kernels are listed once, in the order in which they first run. */
  readonly kernels: readonly KernelTime[];
}

/**
 * Learns kernel times from networks whose kernels were profiled, from totals, or from both. A kernel takes
 * the time given by its rates, multiplied by a factor that is 1 a priori and is learned as a function of its
 * shape; a network takes the time of its kernels plus a call. For a profiled network, both its kernel times
 * and its total are used.
 *
 * @param source posterior of another device, whose rates and factors are expected here too, except for a
 *   common factor
 */
export function fitKernels(networks: readonly TimedNetwork[], source?: KernelsPosterior): KernelsPosterior {
  const profiled = networks.filter(({ kernelUs }) => kernelUs !== undefined);
  const totalled = networks.filter(({ totalUs }) => totalUs !== undefined);
  const kernels = timedKernels(profiled);
  const rates = fitRates(kernels, totalled, callUsOf(profiled), source?.rates);
  const samples = kernels.map(({ kernel, us, networks: seen }) => {
    const rated = ratedUs(rates, kernel);
    return {
      group: groupOf(kernel.kind),
      features: featuresOf(kernel),
      residual: Math.log(us / rated),
      clockVariance: clockVariance(us, rated) / seen,
    };
  });
  const runs = totalled.map(({ kernels: run, totalUs = 0 }) => ({
    totalUs,
    kernels: distinctKernels(run).map(({ kernel, count }) => ({
      group: groupOf(kernel.kind),
      features: featuresOf(kernel),
      ratedUs: count * ratedUs(rates, kernel),
    })),
  }));
  const groups = new Set([
    ...[...samples, ...runs.flatMap((run) => run.kernels)].map(({ group }) => group),
    ...(source?.factors.keys() ?? []),
  ]);
  const parts = [...groups].map((group) => {
    const here = samples.filter((sample) => sample.group === group);
    const run = runs.flatMap((one) => one.kernels.filter((kernel) => kernel.group === group));
    const known = source?.factors.get(group);
    const candidates = [...here, ...thinned(run)].map(({ features }) => features);
    const basis = new FactorBasis(chooseRepresentatives([...candidates, ...(known?.representatives ?? [])]));
    return { group, basis, ...normalEquations(basis, here, priorOf(basis, known)) };
  });
  const factors =
    runs.length === 0
      ? parts.map((part) => ({ ...part, ...solved(part) }))
      : solvedWithTotals(parts, runs, rates.callUs);
  return {
    rates,
    factors: new Map(
      factors.map(({ group, basis, weights, precision }) => [
        group,
        { representatives: basis.representatives, weights, precision },
      ]),
    ),
  };
}

/** The prior of a factor's weights: those of a factor of 1, or of another device's factors. */
function priorOf(basis: FactorBasis, known: FactorPosterior | undefined): FactorPrior {
  if (!known) return { weights: new Float64Array(basis.representatives.length), precision: 1 };
  const theirs = new FactorBasis(known.representatives).mean(known.weights);
  return { weights: basis.weightsOf(theirs), precision: OF_TRANSFER ** -2 };
}

/** Cost of a call in addition to its kernels: the median over profiled networks; undefined without any. */
function callUsOf(profiled: readonly TimedNetwork[]): number | undefined {
  const left = profiled
    .flatMap(({ kernelUs, totalUs }) =>
      totalUs === undefined ? [] : totalUs - (kernelUs ?? []).reduce((sum, us) => sum + us, 0),
    )
    .sort((a, b) => a - b);
  return left.length === 0 ? undefined : Math.max(0.1, left[Math.floor(left.length / 2)]);
}

/** Enough candidates from which to choose representatives. */
const MOST_CANDIDATES = 2000;

function thinned<T>(all: readonly T[]): T[] {
  const step = Math.ceil(all.length / MOST_CANDIDATES);
  return all.filter((_, i) => i % step === 0);
}

function solved({ matrix, right }: GroupPart): Pick<FactorPosterior, 'weights' | 'precision'> {
  const precision = Cholesky.of(matrix, right.length);
  return { weights: precision.solve(right), precision };
}

/** What is known about one run of a kernel. */
interface KernelReading {
  readonly group: string;
  readonly us: number;
  /** Variance of its log time, and the part of it that it shares with no other kernel. */
  readonly variance: number;
  readonly apart: number;
  /** `[representative]` of its group. */
  readonly basis: Float64Array;
}

/** Number of readings kept, about a kilobyte each: networks share kernels. */
const KEPT = 4096;

/** Predicts networks from what was learned about kernels. */
export class KernelsModel {
  private readonly bases: ReadonlyMap<string, FactorBasis>;
  private readonly readings = new LRUCache<string, KernelReading>({ max: KEPT });

  constructor(readonly posterior: KernelsPosterior) {
    this.bases = new Map(
      [...posterior.factors].map(([group, { representatives }]) => [group, new FactorBasis(representatives)]),
    );
  }

  /** The errors of kernels in a group are correlated: their deviations are added before they are squared. */
  predict(kernels: readonly Kernel[]): NetworkTime {
    const times: KernelTime[] = [];
    const together = new Map<string, { slope: Float64Array; apart: number }>();
    let totalUs = this.posterior.rates.callUs;
    for (const { kernel, key, count } of distinctKernels(kernels)) {
      const { group, us, variance, apart, basis } = this.reading(kernel, key);
      times.push({ kernel, count, us, logStd: Math.sqrt(variance) });
      totalUs += count * us;
      const sums = together.get(group) ?? { slope: new Float64Array(basis.length), apart: 0 };
      for (let i = 0; i < basis.length; i++) sums.slope[i] += count * us * basis[i];
      sums.apart += (count * us) ** 2 * apart;
      together.set(group, sums);
    }
    let variance = 0;
    for (const [group, { slope, apart }] of together) {
      const factor = this.posterior.factors.get(group);
      variance += apart + (factor ? squaredLength(factor.precision.forward(slope)) : 0);
    }
    return { totalUs, logStd: Math.sqrt(variance) / totalUs, kernels: times };
  }

  private reading(kernel: Kernel, key: string): KernelReading {
    const known = this.readings.get(key);
    if (known) return known;
    const { rates, factors } = this.posterior;
    const group = groupOf(kernel.kind);
    const factor = factors.get(group);
    const { basis, unexplained } = this.bases.get(group)?.read(featuresOf(kernel)) ?? UNREAD;
    const log = factor ? dot(basis, factor.weights) : 0;
    const apart = unexplained + (rates.kinds.has(kernel.kind) ? 0 : UNKNOWN_KIND ** 2);
    const variance = apart + (factor ? squaredLength(factor.precision.forward(basis)) : 0);
    const reading = { group, us: ratedUs(rates, kernel) * Math.exp(log), variance, apart, basis };
    this.readings.set(key, reading);
    return reading;
  }
}

/** For a kernel of a group without any measurements. */
const UNREAD = { basis: new Float64Array(0), unexplained: PRIOR.local ** 2 + PRIOR.kind ** 2 };

/** Standard deviation, in log space, of the rates of a kind without any measurements. */
const UNKNOWN_KIND = 0.7;

const squaredLength = (x: Float64Array): number => dot(x, x);
