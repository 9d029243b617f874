import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { totalCost } from '../../../src/network/cost.js';
import { contributionsOf } from '../../../src/search/operators/contributions.js';
import { operatorIndex, operatorLayersOf } from '../../../src/search/operators/layers.js';
import { isWithin, operatorPool, sampleWithin } from '../../../src/search/operators/operator-pool.js';
import { poolFileOf, readPoolFile } from '../../../src/search/operators/pool-file.js';
import { poolOfSpace } from '../../../src/search/pool.js';
import { fbnet } from '../../../src/spaces/fbnet/space.js';
import { mnasnet } from '../../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { ofa } from '../../../src/spaces/ofa/space.js';
import type { Architecture, SearchSpace } from '../../../src/spaces/space.js';
import { temporaryFolder } from '../../temporary-folder.js';

const folder = temporaryFolder();

/** A device on which an operator of layer l takes (l + 1) · (1 + its position) ms, and the rest 3 ms. */
const additive = (space: SearchSpace) => {
  const layers = operatorLayersOf(space);
  return async (architectures: readonly Architecture[]) =>
    Float64Array.from(architectures, (a) =>
      layers.reduce((sum, layer, l) => sum + (l + 1) * (1 + operatorIndex(a, layer)), 3),
    );
};

test('layers are the blocks of MnasNet, the positions of FBNet, the blocks of OFA, the edges of a cell', () => {
  const shapes = [mnasnet, fbnet, ofa, nasbench201].map((space) => {
    const layers = operatorLayersOf(space);
    return [layers.length, layers[0].operators.length, layers[0].name, layers[0].operators[1].name];
  });
  assert.deepEqual(shapes, [
    [7, 12, 'block0', 'e1_k3_se1'],
    [22, 9, 'position0', 'k3_e1_g2'],
    [20, 9, 'stage0_block0', 'ks3_expand4'],
    [6, 5, operatorLayersOf(nasbench201)[0].name, 'skip_connect'],
  ]);
});

test('of a device that adds operators up each gets what it adds, and all together the whole', async () => {
  const layers = operatorLayersOf(fbnet);
  const random = new Random(3);
  const references = Array.from({ length: 5 }, () => fbnet.sample(random));
  const latency = additive(fbnet);
  const told = await contributionsOf(layers, references, latency);
  told.forEach((own, l) => {
    own.forEach((value, o) => {
      assert.ok(Math.abs(value - own[0] - (l + 1) * o) < 1e-9, `layer ${l}, operator ${o}`);
    });
  });
  const whole = await latency(references);
  references.forEach((reference, i) => {
    const sum = layers.reduce((total, layer, l) => total + told[l][operatorIndex(reference, layer)], 0);
    assert.ok(Math.abs(sum - whole[i]) < 1e-9);
  });
});

test('a pool has the best by (MACs + parameters) / ms, and always the fastest', async () => {
  const pool = await operatorPool(mnasnet, additive(mnasnet), { keep: 3, references: 2, seed: 1 });
  for (const { operators } of pool.layers) {
    const kept = operators.filter((operator) => operator.kept);
    // The fastest has the least MACs and parameters, so that its score alone would not keep it.
    assert.equal(kept.length, 4);
    assert.ok(operators[0].kept && operators[0].score === 0);
    const lowest = Math.min(...kept.filter(({ score }) => score > 0).map(({ score }) => score));
    for (const { score, kept: isKept } of operators) assert.ok(isKept || score <= lowest);
    const scale = (of: 'macs' | 'parameters', value: number) => {
      const values = operators.map((operator) => operator[of]);
      return (value - Math.min(...values)) / (Math.max(...values) - Math.min(...values));
    };
    for (const { score, macs, parameters, latencyMs } of operators) {
      const expected = (scale('macs', macs) + scale('parameters', parameters)) / latencyMs;
      assert.ok(Math.abs(score - expected) < 1e-9);
    }
  }
});

test('MACs and parameters of operators add up to those of whole networks', async () => {
  const pool = await operatorPool(fbnet, additive(fbnet), { keep: 2, references: 2, seed: 1 });
  const random = new Random(9);
  const [a, b] = [fbnet.sample(random), fbnet.sample(random)];
  for (const of of ['macs', 'parameters'] as const) {
    const sum = (architecture: Architecture) =>
      pool.layers.reduce(
        (total, layer) => total + layer.operators[operatorIndex(architecture, layer)][of],
        0,
      );
    const cost = (architecture: Architecture) => totalCost(fbnet.toNetwork(architecture))[of];
    assert.ok(Math.abs(sum(a) - sum(b) - (cost(a) - cost(b))) < 1e-3 * cost(a), of);
  }
});

test('networks that are drawn from a pool, and those of a listed space, have its operators only', async () => {
  for (const space of [mnasnet, fbnet, ofa]) {
    const pool = await operatorPool(space, additive(space), { keep: 2, references: 2, seed: 1 });
    const random = new Random(5);
    const drawn = Array.from({ length: 50 }, () => sampleWithin(pool, random));
    for (const network of drawn) assert.ok(isWithin(pool, network), space.format(network));
    const all = Array.from({ length: 50 }, () => space.sample(random));
    assert.ok(all.some((network) => !isWithin(pool, network)));
    assert.ok(new Set(drawn.map(space.format)).size > 40);
  }
  const cells = await operatorPool(nasbench201, additive(nasbench201), { keep: 2, references: 8, seed: 1 });
  const candidates = poolOfSpace(nasbench201, 1, cells);
  assert.ok(candidates.size > 10 && candidates.size <= 3 ** 6);
  for (const a of candidates.architectures) assert.ok(isWithin(cells, a));
});

test('a pool comes back from its file, with what was changed by hand; a wrong one says where', async () => {
  const about = { keep: 2, references: 2, seed: 1, device: 'd', latencies: 'formula' };
  const pool = await operatorPool(mnasnet, additive(mnasnet), about);
  const written = poolFileOf(pool, about);
  const file = join(folder, 'pool.json');
  const save = (value: unknown) => writeFile(file, JSON.stringify(value));
  await save(written);
  const kept = (layers: typeof pool.layers) => layers.map(({ operators }) => operators.map((o) => o.kept));
  assert.deepEqual(kept((await readPoolFile(file, mnasnet)).layers), kept(pool.layers));

  const changed = structuredClone(written);
  changed.layers[2].operators[11].kept = true;
  await save(changed);
  assert.ok((await readPoolFile(file, mnasnet)).layers[2].operators[11].kept);

  await assert.rejects(readPoolFile(file, fbnet), /the pool is of space mnasnet, not fbnet/);
  for (const operator of changed.layers[4].operators) operator.kept = false;
  await save(changed);
  await assert.rejects(readPoolFile(file, mnasnet), /layers\/4.*no operator of block4 is kept/);
  changed.layers[4].operators[0] = { ...changed.layers[4].operators[0], operator: 'e9_k3_se0', kept: true };
  await save(changed);
  await assert.rejects(readPoolFile(file, mnasnet), /block4 has no operator "e9_k3_se0"; it has e1_k3_se0/);
});
