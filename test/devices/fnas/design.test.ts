import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BOARDS, type Board } from '../../../src/devices/board/boards.js';
import { NetworkDoesNotFitError } from '../../../src/devices/device.js';
import { countLayers, type Design, DesignSpace } from '../../../src/devices/fnas/design.js';
import { type Layer, type LayerShape, operations, shapeKey } from '../../../src/devices/lowering/layer.js';
import { convolution } from '../layers.js';

/** As many layers of a shape as asked for; a design does not depend on how they are connected. */
function layers(...shapes: [LayerShape, number][]) {
  const all = shapes.flatMap(([shape, count]) =>
    Array.from({ length: count }, (): Layer => ({ node: '', shape, inputs: [] })),
  );
  return countLayers(
    all,
    all.map(({ shape }) => shapeKey(shape)),
  );
}

const counts = layers([convolution(16, 16, 32, 3), 4], [convolution(16, 32, 16, 1), 3]);
const zcu102 = BOARDS.find(({ id }) => id === 'zcu102')!;
const designs = (board: Board, of = counts) => new DesignSpace(board.id, board).designs(of);
const busiest = (found: Design[]) => Math.min(...found.map(({ engineCycles }) => engineCycles));

describe('FNAS design', () => {
  it('keeps every design within the multipliers and the memory of the board', () => {
    for (const board of BOARDS) {
      for (const design of designs(board)) {
        let dsp = 0;
        let bram36 = 0;
        for (const [key, { layers }] of counts) {
          const engine = design.engines.get(key)!;
          dsp += (design.shared ? 1 : layers) * engine.dsp;
          bram36 += (design.shared ? 1 : layers) * engine.bram36;
        }
        assert.deepEqual([dsp, bram36], [design.dsp, design.bram36]);
        assert.ok(dsp <= board.dsp && bram36 <= board.bram36, board.id);
      }
    }
  });

  it('comes near to one multiplication per multiplier and cycle where the tiles divide', () => {
    // 64 × 64 channels on 256 multipliers: 16 × 16 tiles use every one of them in every cycle.
    const shape = convolution(64, 64, 16, 3);
    const found = designs({ ...zcu102, dsp: 256 }, layers([shape, 1]));
    assert.equal(busiest(found), operations(shape) / 256);
  });

  it('splits the board in proportion to the work', () => {
    // Three times the work (3×3 against a 1×3 kernel) on 4 × 64 multipliers: three quarters against one.
    const large = { ...convolution(64, 64, 16, 1), kernelHeight: 3, kernelWidth: 3 };
    const small = { ...convolution(64, 64, 16, 1), kernelHeight: 3, kernelWidth: 1 };
    const found = designs({ ...zcu102, dsp: 256 }, layers([large, 1], [small, 1]));
    const best = found.reduce((a, b) => (b.engineCycles < a.engineCycles ? b : a));
    assert.ok(best.engineCycles < 1.15 * ((operations(large) + operations(small)) / 256));
  });

  it('never gets slower engines from a larger board', () => {
    let before = Number.POSITIVE_INFINITY;
    for (const dsp of [8, 30, 100, 220, 500, 1000, 2520]) {
      const cycles = busiest(designs({ ...zcu102, dsp }));
      assert.ok(cycles <= before, `${dsp} DSP blocks`);
      before = cycles;
    }
  });

  it('shares engines between layers of a shape when there are too few multipliers for one each', () => {
    const found = designs({ ...zcu102, dsp: 3 });
    assert.ok(found.length > 0 && found.every(({ shared }) => shared));
  });

  it('says which resource is short when not even shared engines fit', () => {
    assert.throws(
      () => designs({ ...zcu102, dsp: 1 }),
      (error) => error instanceof NetworkDoesNotFitError && error.needed === 2 && error.available === 1,
    );
    assert.throws(() => designs({ ...zcu102, bram36: 5 }), /at least 6 blocks of 36-Kbit RAM, there are 5/);
  });

  it('takes larger windows of pixels when memory delivers weights slowly', () => {
    const pixels = (bandwidthGBps: number) => {
      const [fastest] = designs({ ...zcu102, bandwidthGBps });
      return [...fastest.engines.values()].map(({ tr, tc }) => tr * tc);
    };
    const [slow, fast] = [pixels(0.1), pixels(100)];
    assert.ok(
      slow.every((size, i) => size > fast[i]),
      `${slow} against ${fast}`,
    );
  });
});
