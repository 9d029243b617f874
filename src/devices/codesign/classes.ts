import { NetworkDoesNotFitError } from '../device.js';
import { areaMm2, resourcesOf } from './area.js';
import { CONFIGURATIONS, type CodesignConfiguration, configurationAt } from './configuration.js';
import { type CodesignEngine, canRun, cyclesOf, enginesOf } from './cycles.js';
import type { AcceleratorOperation } from './operations.js';
import { listSchedule, type ScheduleTask } from './schedule.js';

/** Accelerators on which each of some operations takes the same cycles, represented by the smallest of them. */
export interface AcceleratorClass {
  /** Index of the smallest accelerator, 0 … 8,639. */
  readonly configuration: number;
  /** Area of the smallest accelerator in mm². */
  readonly areaMm2: number;
  /** Number of engines, including those for pooling. */
  readonly engines: number;
  readonly poolingEngines: number;
  /** `[operation, engine]`, in cycles: infinite if the buffers are too small, NaN if the engine cannot run it. */
  readonly cycles: Float64Array;
}

/**
 * Groups the accelerators into classes. For networks of these operations, looking at the smallest accelerator
 * of each class is enough: the others have the same schedules and more area.
 */
export function acceleratorClasses(
  operations: readonly AcceleratorOperation[],
  configurations: Iterable<number> = Array(CONFIGURATIONS).keys(),
): AcceleratorClass[] {
  const smallest = new Map<string, AcceleratorClass>();
  for (const index of configurations) {
    const configuration = configurationAt(index);
    const engines = enginesOf(configuration);
    const cycles = Float64Array.from(
      operations.flatMap((operation) =>
        engines.map((engine) => cyclesOrNone(operation, engine, configuration)),
      ),
    );
    const { poolingEngines } = configuration;
    const key = `${engines.length} ${poolingEngines} ${cycles.join()}`;
    const area = areaMm2(resourcesOf(configuration));
    const known = smallest.get(key);
    if (known && known.areaMm2 <= area) continue;
    smallest.set(key, {
      configuration: index,
      areaMm2: area,
      engines: engines.length,
      poolingEngines,
      cycles,
    });
  }
  return [...smallest.values()];
}

function cyclesOrNone(
  operation: AcceleratorOperation,
  engine: CodesignEngine,
  configuration: CodesignConfiguration,
): number {
  if (!canRun(engine, operation)) return Number.NaN;
  try {
    return cyclesOf(operation, engine, configuration, 'codesign').cycles;
  } catch (error) {
    if (error instanceof NetworkDoesNotFitError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** A task of a segment, with positions in a list of operations. */
export interface SegmentTask {
  readonly operation: number;
  /** Positions in the segment of the tasks whose results it reads. */
  readonly after: readonly number[];
}

/**
 * Cycles of a segment without and with the pooling engine; the two are equal if there is none. The whole
 * network takes the smaller of the two sums. Infinite if the segment does not fit.
 */
export function segmentCycles(
  segment: readonly SegmentTask[],
  { engines, poolingEngines, cycles }: AcceleratorClass,
): readonly [sharing: number, own: number] {
  const makespan = (usable: number): number => {
    const tasks = segment.map(({ operation, after }): ScheduleTask => {
      const options = [];
      for (let engine = 0; engine < usable; engine++) {
        const on = cycles[operation * engines + engine];
        if (on >= 0) options.push({ engine, cycles: on });
      }
      return { options, after };
    });
    const [first] = tasks;
    const least = (task: ScheduleTask) =>
      task.options.reduce((a, b) => Math.min(a, b.cycles), Number.POSITIVE_INFINITY);
    if (tasks.length === 1) return least(first);
    if (tasks.some((task) => least(task) === Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    return listSchedule(tasks, usable).makespan;
  };
  const sharing = makespan(engines - poolingEngines);
  return [sharing, poolingEngines === 0 ? sharing : makespan(engines)];
}
