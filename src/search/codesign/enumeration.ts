import {
  type AcceleratorClass,
  acceleratorClasses,
  type SegmentTask,
  segmentCycles,
} from '../../devices/codesign/classes.js';
import { CLOCK_MHZ } from '../../devices/codesign/cycles.js';
import { type AcceleratorOperation, operationsOf } from '../../devices/codesign/operations.js';
import { segmentsOf } from '../../devices/codesign/segments.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';

/** Latencies of networks on accelerators. */
export interface PairLatencies {
  readonly classes: readonly AcceleratorClass[];
  /** `[network, class]`, ms; infinite where a network does not fit. */
  readonly latencyMs: Float64Array;
}

interface Segment {
  readonly tasks: readonly SegmentTask[];
  /** `[class, 2]`, cycles without and with the pooling engine; empty until needed. */
  cycles: Float64Array;
}

/**
 * Latencies of many networks on all of a set of accelerators, identical to those that the device reports.
 * Operations and segments that are repeated, within a network or across networks, are computed once.
 */
export class Enumeration {
  private readonly operations = new Map<string, number>();
  private readonly examples: AcceleratorOperation[] = [];
  private readonly segments = new Map<string, Segment>();
  private classes: AcceleratorClass[] = [];

  /** @param configurations indices of accelerators; by default all 8,640 */
  constructor(
    private readonly space: SearchSpace,
    private readonly configurations?: readonly number[],
  ) {}

  /** @throws InputError if the accelerator has no engine for an operator */
  latencies(networks: readonly Architecture[]): PairLatencies {
    const known = this.examples.length;
    const segments = networks.map((network) =>
      segmentsOf(operationsOf(this.space.toNetwork(network))).map((segment) => this.segmentOf(segment)),
    );
    if (this.examples.length > known) {
      this.classes = acceleratorClasses(this.examples, this.configurations);
      for (const segment of this.segments.values()) segment.cycles = new Float64Array(0);
    }
    const { classes } = this;
    const latencyMs = new Float64Array(networks.length * classes.length);
    segments.forEach((parts, n) => {
      const cycles = new Float64Array(2 * classes.length);
      for (const part of parts) {
        if (part.cycles.length === 0) {
          part.cycles = Float64Array.from(classes.flatMap((each) => segmentCycles(part.tasks, each)));
        }
        for (let i = 0; i < cycles.length; i++) cycles[i] += part.cycles[i];
      }
      for (let c = 0; c < classes.length; c++) {
        latencyMs[n * classes.length + c] = Math.min(cycles[2 * c], cycles[2 * c + 1]) / (CLOCK_MHZ * 1e3);
      }
    });
    return { classes, latencyMs };
  }

  private segmentOf(operations: readonly AcceleratorOperation[]): Segment {
    const tasks = operations.map((operation) => ({
      operation: this.indexOf(operation),
      after: operation.inputs,
    }));
    const key = tasks.map(({ operation, after }) => `${operation}<${after.join()}`).join(' ');
    let segment = this.segments.get(key);
    if (!segment) {
      segment = { tasks, cycles: new Float64Array(0) };
      this.segments.set(key, segment);
    }
    return segment;
  }

  /** Operations that differ only in their position in the network are the same. */
  private indexOf(operation: AcceleratorOperation): number {
    const { kind, shape, inputElements, weightElements, outputElements, inputWidth } = operation;
    const nest = shape ? Object.values(shape).join() : '';
    const key = `${kind} ${inputElements} ${weightElements} ${outputElements} ${inputWidth} ${nest}`;
    let index = this.operations.get(key);
    if (index === undefined) {
      index = this.examples.length;
      this.operations.set(key, index);
      this.examples.push(operation);
    }
    return index;
  }
}
