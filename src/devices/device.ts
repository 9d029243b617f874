import type { OperatorGraph } from '../network/graph.js';
import type { OperatorKind } from '../network/operator.js';

/** One number that fixes an analytic device, with what it may be. */
export interface DeviceParameter {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly description: string;
  /** What it may be, both ends included. */
  readonly range: readonly [least: number, greatest: number];
}

/** What one layer costs on an analytic device. */
export interface LayerLatency {
  /** Key of the operator in the graph. */
  readonly node: string;
  /** Cycles the hardware needs for the layer when nothing holds it up. */
  readonly cycles: number;
  /** Cycles after the network's start at which the layer starts and has finished. */
  readonly startCycle: number;
  readonly finishCycle: number;
  /** What decides when the layer finishes. */
  readonly bottleneck: 'compute' | 'input' | 'memory' | 'overhead';
  /** What the layer's hardware takes of the board; layers that share hardware each name all of it. */
  readonly use: Readonly<Record<string, number>>;
}

/** Latency of one inference with its breakdown, layers in the order in which they start. */
export interface LatencyReport {
  readonly latencyMs: number;
  /** Time from one result to the next where inferences overlap: throughput is its reciprocal. */
  readonly intervalMs?: number;
  readonly layers: readonly LayerLatency[];
  /** What the whole network takes of the board, by resource name. */
  readonly use: Readonly<Record<string, number>>;
}

/** Hardware that is a formula: no board is needed to know how long a network takes on it. */
export interface AnalyticDevice {
  /** `model:board`, as in `fnas:zcu102`. */
  readonly id: string;
  readonly description: string;
  /** Of data, as cards name it: `int16`; null where the model is for no precision in particular. */
  readonly precision: string | null;
  readonly parameters: readonly DeviceParameter[];
  /** Kinds of operators that take time and that its latency is without; others it has, or refuses. */
  readonly leavesOut?: ReadonlySet<OperatorKind>;
  /**
   * Latency of one inference at batch size 1.
   * @throws NetworkDoesNotFitError if the device has no room for the network
   * @throws InputError if the device cannot run one of its operators
   */
  latency(graph: OperatorGraph): LatencyReport;
}

/** The device does not have the resources for a network, not even in its smallest design. */
export class NetworkDoesNotFitError extends Error {
  override readonly name = 'NetworkDoesNotFitError';

  constructor(
    readonly device: string,
    readonly resource: string,
    /** Of the resource, what the smallest design takes and what the device has. */
    readonly needed: number,
    readonly available: number,
  ) {
    super(
      `the network does not fit ${device}: it needs at least ${needed} ${resource}, there are ${available}`,
    );
  }
}
