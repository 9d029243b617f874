import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { areaMm2, performancePerArea, resourcesOf } from '../../../src/devices/codesign/area.js';
import {
  CHAIDNN,
  CONFIGURATIONS,
  configurationAt,
  configurationIndex,
  configurationParameters,
  formatConfiguration,
  parseConfiguration,
} from '../../../src/devices/codesign/configuration.js';
import { enginesOf } from '../../../src/devices/codesign/cycles.js';

const all = Array.from({ length: CONFIGURATIONS }, (_, index) => configurationAt(index));

describe('codesign configurations', () => {
  it('are 8,640, each with its own text and position, which lead back to it', () => {
    assert.equal(CONFIGURATIONS, 8640);
    assert.equal(new Set(all.map(formatConfiguration)).size, 8640);
    for (const [index, configuration] of all.entries()) {
      assert.equal(configurationIndex(configuration), index);
      assert.deepEqual(parseConfiguration(formatConfiguration(configuration)), configuration);
    }
    for (const index of [-1, 8640, 0.5]) assert.throws(() => configurationAt(index), InputError);
  });

  it('have parameters with units, within their ranges', () => {
    for (const { unit, value, range } of configurationParameters(CHAIDNN)) {
      assert.ok(unit !== '' && range && value >= range[0] && value <= range[1]);
    }
  });

  it('are refused with the choice that is wrong', () => {
    const text = formatConfiguration(CHAIDNN);
    assert.throws(
      () => parseConfiguration(text.replace('16x32', '16x33')),
      /pixels is 33.* 4, 8, 16, 32, 64/,
    );
    assert.throws(() => parseConfiguration(text.replace('s1', 's0.6')), /share3x3 is 0.6/);
    assert.throws(() => parseConfiguration('16x32'), /is not an accelerator; one looks like 16x32-i8192/);
  });

  it('split two multipliers for each filter and pixel between the engines, none without any', () => {
    for (const configuration of all) {
      const convolution = enginesOf(configuration).filter(({ kind }) => kind !== 'pooling');
      assert.ok(convolution.every(({ pixels }) => pixels >= 1));
      const dsp = convolution.reduce((sum, engine) => sum + engine.dsp, 0);
      assert.equal(dsp, 2 * configuration.filters * configuration.pixels);
    }
    // CHaiDNN's own table: 8 × 16 and 16 × 8 are 256 DSP blocks, 8 × 64 and 16 × 32 are 1,024.
    for (const [filters, pixels, dsp] of [
      [8, 16, 256],
      [16, 8, 256],
      [8, 64, 1024],
      [16, 32, 1024],
    ]) {
      assert.equal(enginesOf({ ...CHAIDNN, filters, pixels })[0].dsp, dsp);
    }
  });
});

describe('codesign area', () => {
  it('is 286 mm² for a whole ZU9EG: 274,080 look-up tables in logic blocks of 8, 912 block RAMs, 2,520 DSP blocks', () => {
    assert.equal(Math.round(areaMm2({ clb: 274_080 / 8, bram36: 912, dsp: 2520 })), 286);
    assert.equal(areaMm2({ clb: 1, bram36: 0, dsp: 0 }), 0.0044);
    assert.equal(areaMm2({ clb: 0, bram36: 1, dsp: 0 }).toFixed(3), '0.026');
    assert.equal(areaMm2({ clb: 0, bram36: 0, dsp: 1 }).toFixed(3), '0.044');
  });

  it('rests on what is known of CHaiDNN', () => {
    const small = {
      ...CHAIDNN,
      filters: 8,
      pixels: 8,
      inputDepth: 1024,
      weightDepth: 1024,
      outputDepth: 1024,
    };
    assert.equal(resourcesOf(small).dsp, 444);
    // 62,741 look-up tables fill 7,843 logic blocks if each has all its 8; placement leaves some of them empty.
    const { clb } = resourcesOf({ ...small, poolingEngines: 0, memoryBits: 256 });
    assert.ok(clb > 62_741 / 8 && clb < 62_741 / 8 / 0.8, `${clb}`);
    assert.ok(Math.abs(resourcesOf(CHAIDNN).bram36 / 912 - 0.9) < 0.005);
  });

  it('grows with every choice that adds hardware, and spans the published 132 … 186 mm²', () => {
    const area = (changes: object) => areaMm2(resourcesOf({ ...CHAIDNN, ...changes }));
    const more: [string, number, number][] = [
      ['filters', 8, 16],
      ['pixels', 16, 32],
      ['inputDepth', 4096, 8192],
      ['weightDepth', 1024, 2048],
      ['outputDepth', 1024, 2048],
      ['memoryBits', 256, 512],
      ['poolingEngines', 0, 1],
      ['share3x3', 1, 0.5],
    ];
    for (const [name, less, greater] of more)
      assert.ok(area({ [name]: less }) < area({ [name]: greater }), name);
    const areas = all.map((configuration) => areaMm2(resourcesOf(configuration)));
    assert.ok(Math.min(...areas) < 132 && Math.max(...areas) > 186);
  });

  it('gives the published images per second and square centimetre', () => {
    // Codesign-NAS, table 4: latency in ms, area in mm², performance per area.
    for (const [latencyMs, area, published] of [
      [42.0, 186, 12.8],
      [41.8, 132, 18.1],
      [19.3, 132, 39.3],
      [18.5, 133, 40.6],
    ]) {
      assert.ok(Math.abs(performancePerArea(latencyMs, area) - published) < 0.06);
    }
  });
});
