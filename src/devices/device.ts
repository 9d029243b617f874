import type { OperatorGraph } from '../network/graph.js';
import type { OperatorKind } from '../network/operator.js';

/** A number that is part of an analytic device's definition, with its range. */
export interface DeviceParameter {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly description: string;
  /** Accepted values, both ends included. */
  readonly range: readonly [least: number, greatest: number];
}

/** The time and resources of one layer on an analytic device. */
export interface LayerLatency {
  /** Key of the operator in the graph. */
  readonly node: string;
  /** Cycles that the hardware needs for the layer if it never waits. */
  readonly cycles: number;
  /** Cycles from the start of the network to the start and to the end of the layer. */
  readonly startCycle: number;
  readonly finishCycle: number;
  /** What limits the layer's finish time. */
  readonly bottleneck: 'compute' | 'input' | 'memory' | 'overhead';
  /** Resources of the layer's hardware, by name. Layers that share hardware each list all of it. */
  readonly use: Readonly<Record<string, number>>;
}

/** Latency of one inference with its breakdown; layers are in the order in which they start. */
export interface LatencyReport {
  readonly latencyMs: number;
  /** Time from one result to the next if inferences overlap. Throughput is its reciprocal. */
  readonly intervalMs?: number;
  readonly layers: readonly LayerLatency[];
  /** Resources of the whole network, by name. */
  readonly use: Readonly<Record<string, number>>;
}

/** A device whose latency is computed by a formula, without measurements. */
export interface AnalyticDevice {
  /** `model:board`, as in `fnas:zcu102`. */
  readonly id: string;
  readonly description: string;
  /** Data type, named as in cards: `int16`; null if the model is for no particular precision. */
  readonly precision: string | null;
  readonly parameters: readonly DeviceParameter[];
  /** Kinds of operators that take time but are left out of the latency. All others are modelled or refused. */
  readonly leavesOut?: ReadonlySet<OperatorKind>;
  /**
   * Latency of one inference at batch size 1.
   * @throws NetworkDoesNotFitError if the device has no room for the network
   * @throws InputError if the device cannot run one of its operators
   */
  latency(graph: OperatorGraph): LatencyReport;
}

/** A network needs more resources than a device has, even in the smallest design. */
export class NetworkDoesNotFitError extends Error {
  override readonly name = 'NetworkDoesNotFitError';

  constructor(
    readonly device: string,
    readonly resource: string,
    /** Amount of the resource that the smallest design needs, and that the device has. */
    readonly needed: number,
    readonly available: number,
  ) {
    super(
      `the network does not fit ${device}: it needs at least ${needed} ${resource}, there are ${available}`,
    );
  }
}
