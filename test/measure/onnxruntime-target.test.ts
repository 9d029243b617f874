import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { architectureModel } from '../../src/measure/network.js';
import { callOverheadMs, onnxruntimeTarget } from '../../src/measure/onnxruntime-target.js';
import { interquartileMean } from '../../src/measure/statistics.js';
import { OperatorGraph } from '../../src/network/graph.js';
import { networkModel } from '../../src/onnx/write/network-model.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

const OPTIONS = { deadOperations: 'pruned', batch: 1, seed: 1 } as const;
const target = onnxruntimeTarget({ provider: 'cpu', threads: 1 });

async function latencyMs(cell: string, batch = 1): Promise<number> {
  const model = await target.load(
    architectureModel(nasbench201, nasbench201.parse(cell), { ...OPTIONS, batch }),
  );
  const { runsMs, warmUps } = await model.time(15);
  await model.release();
  assert.equal(runsMs.length, 15);
  assert.ok(warmUps >= 10 && warmUps <= 50 && warmUps % 5 === 0);
  return interquartileMean(runsMs);
}

const LARGE =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';
const SMALL = '|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|';

// Both take about 30 times as long, so that no busy machine turns them round.
test('28 times the work takes longer, and so do 32 images', async () => {
  assert.ok((await latencyMs(LARGE)) > 2 * (await latencyMs(SMALL)));
  assert.ok((await latencyMs(SMALL, 32)) > 2 * (await latencyMs(SMALL)));
});

test('a call that computes nothing costs less than the smallest network', async () => {
  assert.ok((await callOverheadMs(target)) < (await latencyMs(SMALL)));
});

test('a network of tokens with a dynamic batch can be timed', async () => {
  const graph = new OperatorGraph();
  const words = graph.add({ kind: 'embedding', vocabulary: 10, features: 4 }, [graph.input([5])]);
  graph.output(words);
  const model = await target.load(networkModel(graph, { batch: 'dynamic', seed: 1 }));
  assert.equal((await model.time(3)).runsMs.length, 3);
  await model.release();
});

test('an execution provider that is not there is refused with those that are', () => {
  assert.throws(
    () => onnxruntimeTarget({ provider: 'abacus', threads: 1 }),
    (error) => error instanceof InputError && /"abacus" here; there are cpu/.test(error.message),
  );
});

test('what is no model is refused when it is loaded', async () => {
  await assert.rejects(target.load(new TextEncoder().encode('no model')));
});
