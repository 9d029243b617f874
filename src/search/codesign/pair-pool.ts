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

/** Number of pairs from which the range of latencies is determined. */
const RANGE_SAMPLE = 300;
/** Number of unsuccessful draws in a row after which a pool counts as exhausted. */
const MOST_DRAWS = 100_000;

export interface PairPoolOptions {
  /** Networks to choose from, `format`ted and without dead operations; by default all. */
  readonly networks?: ReadonlySet<string>;
  readonly limits: Scenario['limits'];
}

/**
 * The pairs of a network and an accelerator within limits of latency and area. There are far too many to
 * list, so a pair becomes a candidate when it is first asked for. Networks have no dead operations.
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

  /** Number of pairs of an available network and any accelerator, within the limits or not. */
  override get size(): number {
    return (this.options.networks?.size ?? this.pairs.networks.size) * CONFIGURATIONS;
  }

  /** The pair's position; undefined if its network is not available, or the pair exceeds a limit. */
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

  /** The pairs that differ in one choice of the network or the accelerator; if all exceed a limit, the pair itself. */
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

  /** Whether a pair's network computes something, and is available. */
  isNetwork(pair: Architecture): boolean {
    const { networks } = this.pairs;
    const network = this.pairs.networkOf(pair);
    if (!networks.isConnected(network)) return false;
    return this.options.networks?.has(networks.format(networks.prune(network))) ?? true;
  }

  /** The sum of the shares by which a pair exceeds the limits; infinite if the network does not fit. */
  excess(pair: Architecture): number {
    const { areaMm2 } = this.deviceOf(pair);
    // The area is known immediately, and excludes most pairs.
    const byArea = violation(this.options.limits, { areaMm2 });
    if (byArea > 0) return byArea;
    const { latencyMs } = this.metricsOf(pair);
    return latencyMs === Number.POSITIVE_INFINITY
      ? latencyMs
      : violation(this.options.limits, { areaMm2, latencyMs });
  }

  /** Latency in ms (infinite for a network that does not fit) and area in mm². */
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

  /**
   * The range of areas of all accelerators, and of latencies of a fixed sample of pairs, the same in every
   * search of the space.
   */
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

/** The pool of pairs for the networks of a space. */
export function pairPool(networks: SearchSpace, options: PairPoolOptions): PairPool {
  return new PairPool(new PairSpace(networks), options);
}
