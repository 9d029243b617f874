import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCycle } from 'graphology-dag';
import { Random } from '../../../src/base/random.js';
import { analyze } from '../../../src/devices/fnas/analyzer.js';
import { alternatingReuse, taskAt } from '../../../src/devices/fnas/schedule.js';
import { simulate } from '../../../src/devices/fnas/simulator.js';
import { taskGraph, taskKey } from '../../../src/devices/fnas/task-graph.js';
import { engineWith, type TileEngine } from '../../../src/devices/fnas/tiles.js';
import { convolution, layer } from '../layers.js';
import { randomPipeline } from '../random-layers.js';

const tasksOf = (engines: readonly TileEngine[]) =>
  engines.reduce(
    (sum, { inputTiles, outputTiles, pixelTiles }) => sum + inputTiles * outputTiles * pixelTiles,
    0,
  );

/** Random pipelines that are quick to simulate. */
function pipelines(count: number): ReturnType<typeof randomPipeline>[] {
  const found = [];
  for (let seed = 1; found.length < count; seed++) {
    const pipeline = randomPipeline(new Random(seed));
    if (tasksOf(pipeline.engines) <= 1500) found.push(pipeline);
  }
  return found;
}

describe('FNAS schedule', () => {
  it('holds an output tile in even layers and an input tile in odd ones', () => {
    const a = convolution(4, 4, 2, 1);
    assert.deepEqual(alternatingReuse([layer(a), layer(a, 0), layer(a, 1)]), ['output', 'input', 'output']);
    const engine = engineWith(a, { tm: 2, tn: 2, tr: 2, tc: 2 });
    const order = (reuse: 'output' | 'input') =>
      [0, 1, 2, 3].map((position) => {
        const { inputTile, outputTile } = taskAt(engine, reuse, position);
        return [inputTile, outputTile];
      });
    assert.deepEqual(order('output'), [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    assert.deepEqual(order('input'), [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });
});

describe('FNAS task graph', () => {
  const a = convolution(2, 6, 4, 3);
  const b = convolution(6, 4, 4, 3);
  const engineA = engineWith(a, { tm: 2, tn: 1, tr: 2, tc: 4 });
  const engineB = engineWith(b, { tm: 2, tn: 4, tr: 4, tc: 2 });

  it('has a vertex per task and no cycle', () => {
    const graph = taskGraph([layer(a), layer(b, 0)], [engineA, engineB], ['output', 'input']);
    assert.equal(graph.filterNodes((_, { kind }) => kind === 'task').length, tasksOf([engineA, engineB]));
    assert.equal(hasCycle(graph), false);
  });

  it('joins tiles that overlap in channels and pixels, whatever their sizes', () => {
    const graph = taskGraph([layer(a), layer(b, 0)], [engineA, engineB], ['output', 'input']);
    const needed = (task: string) => {
      const [input] = graph.inNeighbors(task);
      return graph.inNeighbors(input).sort();
    };
    // Input tile 0 is channels 0-3: output tiles 0 and 1 of the source, in both of its windows.
    assert.deepEqual(needed(taskKey(1, 0)), ['out 0 0 0', 'out 0 0 1', 'out 0 1 0', 'out 0 1 1']);
    // Input tile 1 is channels 4-5. Behind input reuse it is the third task.
    assert.deepEqual(needed(taskKey(1, 2)), ['out 0 0 2', 'out 0 1 2']);
  });
});

describe('FNAS simulator', () => {
  it('takes the cycles of the hand calculations that the closed form is tested with', () => {
    const a = convolution(2, 4, 4, 3);
    const b = convolution(4, 4, 4, 3);
    const c = convolution(4, 2, 4, 1);
    const engines = [
      engineWith(a, { tm: 2, tn: 1, tr: 2, tc: 4 }),
      engineWith(b, { tm: 1, tn: 1, tr: 4, tc: 4 }),
      engineWith(c, { tm: 2, tn: 2, tr: 4, tc: 4 }),
    ];
    const run = simulate([layer(a), layer(b, 0), layer(c, 1)], engines, { shared: false });
    assert.deepEqual([...run.start], [0, 432, 432 + 14 * 144]);
    assert.equal(run.latencyCycles, 432 + 2304 + 16);
  });

  it('lets layers on a shared engine take turns', () => {
    const a = convolution(2, 4, 4, 3);
    const engine = engineWith(a, { tm: 2, tn: 1, tr: 2, tc: 4 });
    const branches = [layer(a), layer(a)];
    assert.equal(simulate(branches, [engine, engine], { shared: false }).latencyCycles, 576);
    assert.equal(simulate(branches, [engine, engine], { shared: true }).latencyCycles, 2 * 576);
  });

  it('is never faster than the closed form, in no layer', () => {
    for (const { layers, engines } of pipelines(120)) {
      const bound = analyze(layers, engines, false)!;
      const run = simulate(layers, engines, { shared: false });
      for (const i of layers.keys()) {
        assert.ok(run.start[i] >= bound.start[i] && run.finish[i] >= bound.finish[i], layers[i].node);
      }
    }
  });

  it('agrees with the closed form wherever no engine stalls', () => {
    let without = 0;
    for (const { layers, engines } of pipelines(120)) {
      const run = simulate(layers, engines, { shared: false });
      if (run.stalled.some((cycles) => cycles > 0)) continue;
      without++;
      assert.equal(analyze(layers, engines, false)!.latencyCycles, run.latencyCycles);
    }
    assert.ok(without >= 10, `${without} pipelines without a stall`);
  });

  it('finishes no later when stalled engines may take other tasks, on the whole', () => {
    let kept = 0;
    let reordered = 0;
    for (const { layers, engines } of pipelines(60)) {
      kept += simulate(layers, engines, { shared: false }).latencyCycles;
      reordered += simulate(layers, engines, { shared: false, reorder: true }).latencyCycles;
    }
    assert.ok(reordered < kept, `${reordered} against ${kept} cycles`);
  });
});
