import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { analyticDevices } from '../../src/devices/catalogue.js';
import { binaryCifar10 } from '../../src/network/zoo/families/binary-cifar10.js';
import { googlenet } from '../../src/network/zoo/families/googlenet.js';
import { lstm } from '../../src/network/zoo/families/lstm.js';
import { predictorKinds } from '../../src/predictors/registry.js';
import { pairKinds } from '../../src/search/codesign/strategies.js';
import { randomKind } from '../../src/search/strategies/random.js';
import { strategyKinds } from '../../src/search/strategies/registry.js';
import type { StrategyKind } from '../../src/search/strategies/strategy.js';
import { readSpaceFile } from '../../src/spaces/declared/space-files.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { spaces } from '../../src/spaces/registry.js';
import { checkDevice, checkPredictor, checkSpace, checkStrategy } from '../../src/testing/index.js';

for (const space of spaces) test(`space ${space.name} keeps its contract`, () => checkSpace(space));

const declared = join(packageRoot, 'examples', 'spaces');
for (const file of readdirSync(declared).filter((name) => name.endsWith('.json'))) {
  test(`space examples/spaces/${file} keeps its contract`, () =>
    checkSpace(readSpaceFile(join(declared, file))));
}

/** Options that make the guided strategies quick, as far as they have them. */
const QUICK = { hidden: 16, layers: 2, steps: 40 };

for (const kind of strategyKinds.filter((kind) => !pairKinds.includes(kind))) {
  test(`strategy ${kind.name} keeps its contract`, async (t) => {
    // Some are for searches under a limit only, and say so.
    const misfit = kind.misfit('accuracy', false);
    if (misfit) return t.skip(misfit.reason);
    const options = Object.entries(QUICK).filter(([name]) => Object.hasOwn(kind.defaults, name));
    await checkStrategy(kind, Object.fromEntries(options));
  });
}

for (const kind of predictorKinds) {
  // Multiply-accumulates say nothing of pooling; the others see all that matters.
  const least = kind.name === 'flops' ? 0.8 : 0.9;
  test(`predictor ${kind.name} keeps its contract`, () => checkPredictor(kind, undefined, least));
}

test('every analytic device keeps its contract', () => {
  const cell = nasbench201.toNetwork(nasbench201.parse(nasbench201.example));
  const networks = [googlenet(), binaryCifar10(), lstm({ inputs: 64, hidden: 64, steps: 3 }), cell];
  const ran = analyticDevices.filter((device) => checkDevice(device, networks) > 0);
  // The least boards have no room for any of them.
  assert.ok(ran.length > analyticDevices.length / 2, `${ran.length} of ${analyticDevices.length}`);
});

test('a space that breaks its contract is told which rule, and of which architecture', () => {
  const off = { ...nasbench201, macs: () => 1 };
  assert.throws(() => checkSpace(off), /\|nor_conv_3x3~0\|.* its quick MACs are 1, its network's \d+/);
  const careless = {
    ...nasbench201,
    parse: (text: string) => nasbench201.parse(text || nasbench201.example),
  };
  assert.throws(() => checkSpace(careless), /nasbench201 breaks its contract: it reads "" as/);
  const undirected = {
    ...nasbench201,
    encode: (...given: Parameters<typeof nasbench201.encode>) => {
      nasbench201.encode(...given);
      given[2].fill(1);
    },
  };
  assert.throws(() => checkSpace(undirected), /encode does not write what its predictor graph says/);
});

test('a strategy that repeats itself is found out', async () => {
  const stubborn: StrategyKind = {
    ...randomKind,
    create: (task, given) => ({
      ...randomKind.create(task, given),
      strategy: { propose: async () => [{ candidate: 0, reason: 'stubborn' }] },
    }),
  };
  await assert.rejects(checkStrategy(stubborn), /tried a candidate twice/);
});

test('a device whose answers differ from one time to the next is found out', () => {
  let times = 0;
  const moody = {
    ...analyticDevices[0],
    parameters: analyticDevices[0].parameters,
    id: 'moody:board',
    latency: () => ({ latencyMs: 1 + times++, layers: [], use: {} }),
  };
  assert.throws(
    () => checkDevice(moody, [googlenet()]),
    /moody:board .* the second answer differs from the first/,
  );
});
