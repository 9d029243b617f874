import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze, type PipelineTiming } from '../../../src/devices/fnas/analyzer.js';
import { engineWith, type TileEngine } from '../../../src/devices/fnas/tiles.js';
import type { Layer } from '../../../src/devices/lowering/layer.js';
import { convolution, layer } from '../layers.js';

function timed(layers: Layer[], engines: TileEngine[], shared: boolean): PipelineTiming {
  return analyze(layers, engines, shared)!;
}

// Expected cycles are worked out by hand, following each task by the formulas of the paper (ET = K·K·Tr·Tc).
describe('FNAS engine', () => {
  it('counts cycles, tasks, multipliers and double buffers of a convolution', () => {
    const engine = engineWith(convolution(4, 8, 4, 3), { tm: 4, tn: 2, tr: 4, tc: 4 });
    assert.equal(engine.taskCycles, 9 * 16);
    assert.equal(engine.layerCycles, 2 * 2 * 144);
    assert.equal(engine.dsp, 8);
    // 2 × (6·6·2 + 4·4·4 + 4·2·9) words of 16 bit: each of the six halves is less than one 18-Kbit block.
    assert.equal(engine.bram36, 3);
    // Four tasks, each with a new tile of 4·2·9 weights.
    assert.equal(engine.weightWords, 4 * 72);
  });

  it('needs more memory once a buffer is larger than a block', () => {
    // Input 18·18·8 = 2592 words of 16 bit = 41,472 bit: 3 blocks of 18 Kbit per half.
    const engine = engineWith(convolution(8, 4, 16, 3), { tm: 4, tn: 8, tr: 16, tc: 16 });
    assert.equal(engine.bram36, 3 + 1 + 1);
  });

  it('loads the weights once if they are a single tile', () => {
    const engine = engineWith(convolution(2, 2, 8, 3), { tm: 2, tn: 2, tr: 2, tc: 2 });
    assert.equal(engine.weightWords, 36);
  });

  it('works on the channels of a depth-wise convolution side by side', () => {
    const shape = { ...convolution(1, 8, 4, 3), groups: 8 };
    const engine = engineWith(shape, { tm: 4, tn: 1, tr: 4, tc: 4 });
    assert.equal(engine.layerCycles, 2 * 9 * 16);
    assert.equal(engine.dsp, 4);
  });
});

describe('FNAS analyzer', () => {
  // A: ET 72, a = 2 input tiles, b = 2 output tiles, 2 windows: 8 tasks, 576 cycles.
  const a = convolution(2, 4, 4, 3);
  const engineA = engineWith(a, { tm: 2, tn: 1, tr: 2, tc: 4 });
  // B: ET 144, a = 4, b = 4, one window: 16 tasks, 2304 cycles.
  const b = convolution(4, 4, 4, 3);
  const engineB = engineWith(b, { tm: 1, tn: 1, tr: 4, tc: 4 });

  it('takes the cycles of a single layer', () => {
    assert.equal(timed([layer(a)], [engineA], false).latencyCycles, 576);
  });

  it('lets a fast second layer finish one task after its last input', () => {
    // ET 8, one output tile: starts after 2 tasks of A (first output tile), then waits for A to the end.
    const fast = convolution(4, 4, 4, 1);
    const engine = engineWith(fast, { tm: 4, tn: 2, tr: 2, tc: 4 });
    const timing = timed([layer(a), layer(fast, 0)], [engineA, engine], false);
    assert.deepEqual([...timing.start], [0, 2 * 72]);
    assert.deepEqual([...timing.finish], [576, 576 + 8]);
  });

  it('starts a slow second layer when its first tile is there and never stalls it', () => {
    // The 3×3 window over the whole map needs both windows of A: 4 tasks for the first, 2 of the second.
    const timing = timed([layer(a), layer(b, 0)], [engineA, engineB], false);
    assert.equal(timing.start[1], 6 * 72);
    assert.equal(timing.latencyCycles, 6 * 72 + 2304);
  });

  it('carries the bound of a slow middle layer through to the end', () => {
    // C: ET 16, one output tile. B reuses inputs: (4 − 1)·4 + 2 of its tasks give C's first input tile.
    const c = convolution(4, 2, 4, 1);
    const engineC = engineWith(c, { tm: 2, tn: 2, tr: 4, tc: 4 });
    const timing = timed([layer(a), layer(b, 0), layer(c, 1)], [engineA, engineB, engineC], false);
    assert.equal(timing.start[2], 432 + 14 * 144);
    assert.equal(timing.latencyCycles, 432 + 2304 + 16);
  });

  it('waits for the whole map behind a global pooling', () => {
    const linear = convolution(4, 10, 1, 1);
    const engine = engineWith(linear, { tm: 10, tn: 4, tr: 1, tc: 1 });
    const classifier: Layer = { node: '', shape: linear, inputs: [{ layer: 0, whole: true }] };
    const timing = timed([layer(a), classifier], [engineA, engine], false);
    assert.equal(timing.latencyCycles, 576 + 1);
  });

  it('runs parallel branches at the same time on engines of their own, in turn on a shared one', () => {
    const branches = [layer(a), layer(a)];
    assert.equal(timed(branches, [engineA, engineA], false).latencyCycles, 576);
    assert.equal(timed(branches, [engineA, engineA], true).latencyCycles, 2 * 576);
  });

  it('gives up once the latency is known to reach a limit', () => {
    assert.equal(analyze([layer(a)], [engineA], false, 576), undefined);
    assert.equal(analyze([layer(a)], [engineA], false, 577)?.latencyCycles, 576);
  });

  it('gives a shared engine first to the branch with more work behind it', () => {
    const layers = [layer(a), layer(a), layer(b, 1)];
    const { start } = timed(layers, [engineA, engineA, engineB], true);
    assert.deepEqual([start[0], start[1]], [576, 0]);
  });
});
