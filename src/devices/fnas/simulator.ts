import type { Layer } from '../lowering/layer.js';
import type { PipelineTiming } from './analyzer.js';
import { alternatingReuse, byDistanceFromEnd, type Reuse } from './schedule.js';
import { taskGraph, taskKey } from './task-graph.js';
import type { TileEngine } from './tiles.js';

export interface SimulationOptions {
  /** Whether layers with the same engine object take turns on it; see `analyze`. */
  readonly shared: boolean;
  /**
   * Whether an engine whose next task must wait takes the first ready task instead. The closed form assumes
   * the order of the schedule; an engine that departs from it when stalled is occasionally slightly faster.
   */
  readonly reorder?: boolean;
  /** Reuse of each layer; alternating by default. */
  readonly reuse?: readonly Reuse[];
}

export interface Simulation extends PipelineTiming {
  /** Cycles for which each layer's engine waited between the layer's start and end. */
  readonly stalled: Float64Array;
  readonly tasks: number;
}

/**
 * Latency by simulation, with one event per finished task, to check the closed form of `analyze`. As there,
 * feature maps stay on chip and weights arrive in time.
 */
export function simulate(
  layers: readonly Layer[],
  engines: readonly TileEngine[],
  { shared, reorder = false, reuse = alternatingReuse(layers) }: SimulationOptions,
): Simulation {
  const graph = taskGraph(layers, engines, reuse);
  const pending = new Map<string, number>();
  graph.forEachNode((key) => pending.set(key, graph.inDegree(key)));
  const runs = layers.map((_, i) => new LayerRun(tasksOf(engines[i]), reorder));
  const units = unitsOf(layers, engines, shared);
  const start = new Float64Array(layers.length);
  const finish = new Float64Array(layers.length);
  const stalled = new Float64Array(layers.length);

  const complete = (key: string): void => {
    const vertex = graph.getNodeAttributes(key);
    if (vertex.kind === 'task') {
      runs[vertex.layer].ready.push(vertex.position);
      return;
    }
    graph.forEachOutNeighbor(key, release);
  };
  const release = (key: string): void => {
    const left = pending.get(key)! - 1;
    pending.set(key, left);
    if (left === 0) complete(key);
  };
  const sources = [...pending].filter(([, count]) => count === 0);
  for (const [key] of sources) complete(key);

  let time = 0;
  for (;;) {
    let next = Number.POSITIVE_INFINITY;
    for (const unit of units) {
      if (unit.task < 0) begin(unit);
      if (unit.task >= 0) next = Math.min(next, unit.until);
    }
    if (next === Number.POSITIVE_INFINITY) break;
    time = next;
    for (const unit of units) {
      if (unit.task < 0 || unit.until > time) continue;
      const layer = unit.layers[unit.turn];
      graph.forEachOutNeighbor(taskKey(layer, unit.task), release);
      unit.task = -1;
      const run = runs[layer];
      if (++run.done === run.tasks) {
        finish[layer] = time;
        stalled[layer] = time - start[layer] - run.tasks * engines[layer].taskCycles;
        unit.turn++;
      }
    }
  }
  const tasks = runs.reduce((sum, run) => sum + run.tasks, 0);
  return { start, finish, stalled, tasks, latencyCycles: time };

  /** Gives an idle engine its next task, if one may start. */
  function begin(unit: Unit): void {
    if (unit.turn === unit.layers.length) return;
    const layer = unit.layers[unit.turn];
    const task = runs[layer].take();
    if (task < 0) return;
    if (runs[layer].taken === 1) start[layer] = time;
    unit.task = task;
    unit.until = time + engines[layer].taskCycles;
  }
}

/** An engine with the layers that it processes one after the other. */
interface Unit {
  readonly layers: readonly number[];
  /** Index in `layers` of the current one. */
  turn: number;
  /** Position of the current task, or −1. */
  task: number;
  until: number;
}

function unitsOf(layers: readonly Layer[], engines: readonly TileEngine[], shared: boolean): Unit[] {
  const idle = { turn: 0, task: -1, until: 0 };
  if (!shared) return layers.map((_, i) => ({ layers: [i], ...idle }));
  const turns = new Map<TileEngine, number[]>();
  for (const i of byDistanceFromEnd(layers, engines)) {
    const mine = turns.get(engines[i]);
    if (mine === undefined) turns.set(engines[i], [i]);
    else mine.push(i);
  }
  return [...turns.values()].map((mine) => ({ layers: mine, ...idle }));
}

function tasksOf({ inputTiles, outputTiles, pixelTiles }: TileEngine): number {
  return inputTiles * outputTiles * pixelTiles;
}

/** Progress of a layer. */
class LayerRun {
  readonly ready = new MinHeap();
  taken = 0;
  done = 0;

  constructor(
    readonly tasks: number,
    private readonly reorder: boolean,
  ) {}

  /** Position of the task to start next, or −1 if none may start. */
  take(): number {
    const first = this.ready.peek();
    if (first === undefined || (!this.reorder && first !== this.taken)) return -1;
    this.taken++;
    return this.ready.pop();
  }
}

/** Binary min-heap of numbers. */
class MinHeap {
  private readonly items: number[] = [];

  peek(): number | undefined {
    return this.items[0];
  }

  push(item: number): void {
    let at = this.items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.items[parent] <= item) break;
      this.items[at] = this.items[parent];
      at = parent;
    }
    this.items[at] = item;
  }

  /** The heap must not be empty. */
  pop(): number {
    const least = this.items[0];
    const item = this.items.pop()!;
    const size = this.items.length;
    if (size === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.items[child + 1] < this.items[child]) child++;
      if (this.items[child] >= item) break;
      this.items[at] = this.items[child];
      at = child;
    }
    this.items[at] = item;
    return least;
  }
}
