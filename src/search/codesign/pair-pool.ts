import { Random } from '../../base/random.js';
import { areaMm2, resourcesOf } from '../../devices/codesign/area.js';
import { CodesignDevice } from '../../devices/codesign/codesign.js';
import { CONFIGURATIONS, configurationAt } from '../../devices/codesign/configuration.js';
import { CLOCK_MHZ } from '../../devices/codesign/cycles.js';
import { type AcceleratorOperation, operationsOf } from '../../devices/codesign/operations.js';
import { NetworkDoesNotFitError } from '../../devices/device.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { CandidatePool } from '../pool.js';
import { PairSpace } from './pair-space.js';
import { type PairMetrics, type Ranges, type Scenario, violation } from './scenario.js';

/** Pairs whose latencies say what the range of latency is. */
const RANGE_SAMPLE = 300;
/** Pairs in a row that may be drawn in vain before a pool counts as exhausted. */
const MOST_DRAWS = 100_000;

export interface PairPoolOptions {
  /** Networks to choose from, `format`ted and without dead operations; all by default. */
  readonly networks?: ReadonlySet<string>;
  readonly limits: Scenario['limits'];
}

/**
 * The pairs of a network and an accelerator that keep within limits of latency and area: far too many to list, so a
 * pair is a candidate from when it is first asked for. Networks are without dead operations.
 */
export class PairPool extends CandidatePool {
  readonly ranges: Ranges;
  private readonly candidates: Architecture[];
  private readonly byKey = new Map<string, number>();
  private readonly metrics = new Map<string, Omit<PairMetrics, 'accuracyPercent'>>();
  private readonly operations = new Map<string, readonly AcceleratorOperation[]>();
  private readonly devices = new Map<string, CodesignDevice>();

  constructor(
    readonly pairs: PairSpace,
    readonly options: PairPoolOptions,
  ) {
    const candidates: Architecture[] = [];
    super(pairs.space, candidates);
    this.candidates = candidates;
    this.ranges = this.measuredRanges();
  }

  /** Pairs of any network to choose from and any accelerator, within the limits or not. */
  override get size(): number {
    return (this.options.networks?.size ?? this.pairs.networks.size) * CONFIGURATIONS;
  }

  /** The pair's position; undefined if its network is not among those to choose from, or it is over a limit. */
  override candidateOf(pair: Architecture): number | undefined {
    const whole = this.space.prune(pair);
    const key = whole.join();
    let candidate = this.byKey.get(key);
    if (candidate === undefined && this.isNetwork(pair) && this.excess(pair) === 0) {
      candidate = this.candidates.length;
      this.byKey.set(key, candidate);
      this.candidates.push(whole);
    }
    return candidate;
  }

  /** Those one choice away, of the network or the accelerator; the pair itself where all are over a limit. */
  override neighbours(candidate: number): readonly number[] {
    const around = this.space.neighbours(this.candidates[candidate]).map((pair) => this.candidateOf(pair));
    const known = new Set(around.filter((other) => other !== undefined && other !== candidate) as number[]);
    return known.size > 0 ? [...known] : [candidate];
  }

  override drawUntried(tried: ReadonlySet<number>, count: number, random: Random): number[] {
    const drawn = new Set<number>();
    for (let vain = 0; drawn.size < count && vain < MOST_DRAWS; vain++) {
      const candidate = this.candidateOf(this.space.sample(random));
      if (candidate === undefined || tried.has(candidate) || drawn.has(candidate)) continue;
      drawn.add(candidate);
      vain = 0;
    }
    return [...drawn];
  }

  /** Whether a pair's network computes something, and is one of those to choose from. */
  isNetwork(pair: Architecture): boolean {
    const { networks } = this.pairs;
    const network = this.pairs.networkOf(pair);
    if (!networks.isConnected(network)) return false;
    return this.options.networks?.has(networks.format(networks.prune(network))) ?? true;
  }

  /** By which shares of the limits a pair is over them, together; infinite if the network does not fit. */
  excess(pair: Architecture): number {
    const { areaMm2 } = this.deviceOf(pair);
    // The area is known at once, and rules most pairs out.
    const byArea = violation(this.options.limits, { areaMm2 });
    if (byArea > 0) return byArea;
    const { latencyMs } = this.metricsOf(pair);
    return latencyMs === Number.POSITIVE_INFINITY
      ? latencyMs
      : violation(this.options.limits, { areaMm2, latencyMs });
  }

  /** Latency, ms, infinite for a network that does not fit, and area, mm². */
  metricsOf(pair: Architecture): Omit<PairMetrics, 'accuracyPercent'> {
    const key = this.space.prune(pair).join();
    let metrics = this.metrics.get(key);
    if (!metrics) {
      const device = this.deviceOf(pair);
      metrics = { latencyMs: this.latencyOn(device, pair), areaMm2: device.areaMm2 };
      this.metrics.set(key, metrics);
    }
    return metrics;
  }

  private latencyOn(device: CodesignDevice, pair: Architecture): number {
    const network = this.space.prune(pair);
    const key = this.pairs.networkOf(network).join();
    let operations = this.operations.get(key);
    if (!operations) {
      operations = operationsOf(this.space.toNetwork(network));
      this.operations.set(key, operations);
    }
    try {
      return device.schedule(operations).makespan / (CLOCK_MHZ * 1e3);
    } catch (error) {
      if (error instanceof NetworkDoesNotFitError) return Number.POSITIVE_INFINITY;
      throw error;
    }
  }

  private deviceOf(pair: Architecture): CodesignDevice {
    const key = this.pairs.acceleratorOf(pair).join();
    let device = this.devices.get(key);
    if (!device) {
      device = new CodesignDevice(this.pairs.configurationOf(pair));
      this.devices.set(key, device);
    }
    return device;
  }

  /** Areas of all accelerators; latencies of pairs that are the same in every search of the space. */
  private measuredRanges(): Ranges {
    const random = new Random(1);
    const latencies: number[] = [];
    while (latencies.length < RANGE_SAMPLE) {
      const pair = this.space.sample(random);
      if (!this.space.isConnected(pair)) continue;
      latencies.push(this.metricsOf(pair).latencyMs);
    }
    const finite = latencies.filter(Number.isFinite);
    const areas = Array.from({ length: CONFIGURATIONS }, (_, i) => areaMm2(resourcesOf(configurationAt(i))));
    return {
      latencyMs: [Math.min(...finite), Math.max(...finite)],
      areaMm2: [Math.min(...areas), Math.max(...areas)],
    };
  }
}

/** The pool of pairs of a space's networks. */
export function pairPool(networks: SearchSpace, options: PairPoolOptions): PairPool {
  return new PairPool(new PairSpace(networks), options);
}
