import type { OperatorGraph } from '../../network/graph.js';
import type { AnalyticDevice, DeviceParameter, LatencyReport } from '../device.js';
import { areaMm2, resourcesOf } from './area.js';
import {
  type CodesignConfiguration,
  configurationParameters,
  formatConfiguration,
  parseConfiguration,
} from './configuration.js';
import { CLOCK_MHZ, type CodesignEngine, canRun, cyclesOf, enginesOf } from './cycles.js';
import { type AcceleratorOperation, operationsOf } from './operations.js';
import { listSchedule, type Schedule, type ScheduleTask } from './schedule.js';

/**
 * The configurable accelerator of Codesign-NAS (Abdelfattah et al., DAC 2020): a variant of CHaiDNN whose
 * engines for 3×3 convolutions, 1×1 convolutions and pooling work at the same time on different branches of a
 * network. `new CodesignDevice(configurationAt(4711)).latency(graph)`
 */
export class CodesignDevice implements AnalyticDevice {
  readonly id: string;
  readonly description: string;
  readonly parameters: readonly DeviceParameter[];
  readonly precision = 'int8';
  readonly areaMm2: number;
  private readonly engines: readonly CodesignEngine[];
  private readonly use: LatencyReport['use'];

  constructor(private readonly configuration: CodesignConfiguration) {
    const { filters, pixels } = configuration;
    this.id = `codesign:${formatConfiguration(configuration)}`;
    this.engines = enginesOf(configuration);
    const kinds = this.engines.map(({ kind }) => kind).join(', ');
    this.description = `Codesign-NAS accelerator, ${2 * filters * pixels} multipliers, engines: ${kinds}`;
    this.parameters = [
      ...configurationParameters(configuration),
      {
        name: 'clock',
        value: CLOCK_MHZ,
        range: [CLOCK_MHZ, CLOCK_MHZ],
        unit: 'MHz',
        description: 'Clock of the engines',
      },
    ];
    const resources = resourcesOf(configuration);
    this.areaMm2 = areaMm2(resources);
    this.use = { ...resources, areaMm2: this.areaMm2 };
  }

  latency(graph: OperatorGraph): LatencyReport {
    const operations = operationsOf(graph);
    const { start, finish, engine, makespan } = this.schedule(operations);
    const order = [...operations.keys()].sort((i, j) => start[i] - start[j] || i - j);
    return {
      latencyMs: makespan / (CLOCK_MHZ * 1e3),
      layers: order.map((i) => {
        const on = this.engines[engine[i]];
        const { bottleneck } = cyclesOf(operations[i], on, this.configuration, this.id);
        return {
          node: operations[i].node,
          cycles: finish[i] - start[i],
          startCycle: start[i],
          finishCycle: finish[i],
          bottleneck,
          use: { dsp: on.dsp },
        };
      }),
      use: this.use,
    };
  }

  /** The shorter of two greedy schedules, with and without the pooling engine: having one must never cost time. */
  schedule(operations: readonly AcceleratorOperation[]): Schedule {
    const withoutPooling = this.engines.filter(({ kind }) => kind !== 'pooling');
    const sharing = listSchedule(this.tasks(operations, withoutPooling), this.engines.length);
    if (withoutPooling.length === this.engines.length) return sharing;
    const own = listSchedule(this.tasks(operations, this.engines), this.engines.length);
    return own.makespan < sharing.makespan ? own : sharing;
  }

  private tasks(
    operations: readonly AcceleratorOperation[],
    engines: readonly CodesignEngine[],
  ): ScheduleTask[] {
    return operations.map((operation) => ({
      options: engines.flatMap((engine, i) =>
        canRun(engine, operation)
          ? [{ engine: i, cycles: cyclesOf(operation, engine, this.configuration, this.id).cycles }]
          : [],
      ),
      after: operation.inputs,
    }));
  }
}

/** The device for the part of an identifier after the colon. */
export function codesignDevice(text: string): CodesignDevice {
  return new CodesignDevice(parseConfiguration(text));
}
