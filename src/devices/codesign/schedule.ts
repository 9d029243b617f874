/** A task to be done on one of several engines, after other tasks. */
export interface ScheduleTask {
  /** Cycles on each engine that can do the task. */
  readonly options: readonly { readonly engine: number; readonly cycles: number }[];
  /** Indices of its predecessors, each smaller than its own. */
  readonly after: readonly number[];
}

/** The engine and times of each task, indexed like the tasks. Times are in cycles. */
export interface Schedule {
  readonly engine: Int32Array;
  readonly start: Float64Array;
  readonly finish: Float64Array;
  /** Cycle in which the last task finishes. */
  readonly makespan: number;
}

/**
 * Greedy list schedule: of the tasks that can start earliest, the one with the longest remaining work starts
 * next, on the engine that finishes it first (Graham, 1966; Codesign-NAS, section 3.3).
 */
export function listSchedule(tasks: readonly ScheduleTask[], engines: number): Schedule {
  const engine = new Int32Array(tasks.length);
  const start = new Float64Array(tasks.length);
  const finish = new Float64Array(tasks.length);
  const remaining = remainingWork(tasks);
  const successors: number[][] = tasks.map(() => []);
  const waitingFor = Int32Array.from(tasks, ({ after }) => after.length);
  tasks.forEach(({ after }, i) => {
    for (const before of after) successors[before].push(i);
  });
  const ready = [...tasks.keys()].filter((i) => waitingFor[i] === 0);
  const readyAt = new Float64Array(tasks.length);
  const freeAt = new Float64Array(engines);
  while (ready.length > 0) {
    let best = { position: -1, engine: 0, start: Number.POSITIVE_INFINITY, finish: 0 };
    for (const [position, i] of ready.entries()) {
      const choice = fastest(tasks[i], readyAt[i], freeAt);
      const first = choice.start - best.start;
      if (first < 0 || (first === 0 && remaining[i] > remaining[ready[best.position]])) {
        best = { position, ...choice };
      }
    }
    const [i] = ready.splice(best.position, 1);
    engine[i] = best.engine;
    start[i] = best.start;
    finish[i] = best.finish;
    freeAt[best.engine] = best.finish;
    for (const next of successors[i]) {
      readyAt[next] = Math.max(readyAt[next], best.finish);
      if (--waitingFor[next] === 0) ready.push(next);
    }
  }
  return { engine, start, finish, makespan: finish.reduce((latest, time) => Math.max(latest, time), 0) };
}

/** Cycles on the longest path from each task to the end, on the engines that are fastest for it. */
export function remainingWork(tasks: readonly ScheduleTask[]): Float64Array {
  const remaining = new Float64Array(tasks.length);
  for (let i = tasks.length - 1; i >= 0; i--) {
    remaining[i] += Math.min(...tasks[i].options.map(({ cycles }) => cycles));
    for (const before of tasks[i].after) remaining[before] = Math.max(remaining[before], remaining[i]);
  }
  return remaining;
}

function fastest({ options }: ScheduleTask, readyAt: number, freeAt: Float64Array) {
  let best = { engine: 0, start: 0, finish: Number.POSITIVE_INFINITY };
  for (const { engine, cycles } of options) {
    const start = Math.max(readyAt, freeAt[engine]);
    if (start + cycles < best.finish) best = { engine, start, finish: start + cycles };
  }
  return best;
}
