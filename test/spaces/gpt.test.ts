import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSamples } from '../../src/datasets/load.js';
import { metricNamed } from '../../src/metrics/metric.js';
import { operatorCost, totalCost } from '../../src/network/cost.js';
import { readArchitectureTable } from '../../src/search/evaluators/accuracy-table.js';
import { gpt } from '../../src/spaces/gpt/space.js';
import type { Architecture } from '../../src/spaces/space.js';
import { needsShared, sharedData } from '../shared-data.js';
import { assertEncodesItsGraph } from './checks.js';

const TABLES = ['hwgpt/gpt_s.csv.gz', 'hwgpt/gpt_m.csv.gz'];
/** Sequences in the batch that the table's `macs` are of. */
const BATCH = { 'hwgpt/gpt_s.csv.gz': 8, 'hwgpt/gpt_m.csv.gz': 4 };

/** Multiply-accumulates of learned matrices alone, without biases: what the table counts. */
function learnedMacs(architecture: Architecture): number {
  const network = gpt.toNetwork(architecture);
  return network.names().reduce((sum, name) => {
    const operator = network.operator(name);
    if (operator.kind !== 'linear') return sum;
    const [tokens, inFeatures] = network.shape(network.inputs(name)[0]);
    return sum + tokens * inFeatures * operator.outFeatures;
  }, 0);
}

for (const table of TABLES) {
  test(`parameters and MACs are those of ${table}`, { skip: needsShared(table) }, async () => {
    const { architectures, values } = await readArchitectureTable(sharedData(table)!, gpt, [
      'params',
      'macs',
    ]);
    assert.ok(architectures.length > 5900, `${architectures.length} networks`);
    for (let i = 0; i < architectures.length; i += 500) {
      const { parameters } = totalCost(gpt.toNetwork(architectures[i]));
      assert.equal(parameters, values.params[i], gpt.format(architectures[i]));
      const macs = learnedMacs(architectures[i]) * BATCH[table as keyof typeof BATCH];
      assert.equal(macs, values.macs[i], gpt.format(architectures[i]));
    }
  });
}

test('latency, energy in Wh and memory are read of one table', { skip: needsShared(TABLES[0]) }, async () => {
  const of = (device: string, metric?: string) =>
    loadSamples(sharedData(TABLES[0])!, {
      space: gpt,
      device,
      duplicates: 'mean',
      metric: metric === undefined ? undefined : metricNamed(metric),
    });
  const latency = await of('cpu_mlgpu');
  assert.deepEqual([latency.metric.name, latency.metric.unit], ['latency', 'ms']);
  const energy = await of('v100', 'energy');
  // The first row says 0.328413 Wh; 1 Wh is 3,600,000 mJ.
  assert.ok(energy.values.includes(0.328413 * 3_600_000));
  const memory = await of('bf16', 'memory');
  assert.equal(memory.values[0], 142.893);
});

test('layers beyond the depth are no part of an architecture', () => {
  const text = '192/10/1/4-4-4-4-4-4-4-12-12-8/2-3-4-4-2-3-3-4-3-2';
  assert.equal(gpt.format(gpt.parse(text)), text);
  assert.throws(() => gpt.parse(`${text}-2`), /mlp_ratio10 does not count here/);
  assert.throws(() => gpt.parse(text.replace(/-2$/, '')), /mlp_ratio9 is not given/);
  const fewer = gpt.neighbours(gpt.parse(text)).filter((a) => gpt.format(a).startsWith('192/11'));
  assert.equal(fewer.length, 1);
});

test('the graph has a node for each layer, with what it costs', () => {
  const architecture = gpt.parse('192/10/1/4-4-4-4-4-4-4-12-12-8/2-3-4-4-2-3-3-4-3-2');
  const graph = gpt.toPredictorGraph(architecture);
  assert.equal(graph.order, 12);
  assertEncodesItsGraph(gpt, [architecture]);
  const network = gpt.toNetwork(architecture);
  const macs = network.names().reduce((sum, name) => sum + operatorCost(network, name).macs, 0);
  assert.equal(gpt.macs(architecture), macs);
});
