import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batcher } from '../../../server/models/batcher.js';
import type { Architecture } from '../../../src/spaces/space.js';

/** A predictor whose latency is the architecture's first choice, in ms; each run takes a turn of the event loop. */
function firstChoice(runs: number[]) {
  return {
    async predict(architectures: readonly Architecture[]) {
      runs.push(architectures.length);
      await new Promise(setImmediate);
      return Float64Array.from(architectures, (a) => a[0]);
    },
  };
}

const architecture = (choice: number) => Uint8Array.of(choice);

test('queries of the same turn share one run, and each gets its own answer', async () => {
  const runs: number[] = [];
  const batcher = new Batcher(firstChoice(runs));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => batcher.predict([architecture(i), architecture(i + 100)])),
  );
  assert.deepEqual(runs, [100]);
  answers.forEach((latencyMs, i) => {
    assert.deepEqual([...latencyMs], [i, i + 100]);
  });
});

test('queries that arrive during a run share the next one', async () => {
  const runs: number[] = [];
  const batcher = new Batcher(firstChoice(runs));
  const first = batcher.predict([architecture(1)]);
  await new Promise(setImmediate);
  assert.deepEqual(runs, [1], 'a query alone does not wait for company');
  const others = Array.from({ length: 20 }, (_, i) => batcher.predict([architecture(i)]));
  await Promise.all([first, ...others]);
  assert.deepEqual(runs, [1, 20]);
});

test('runs hold at most 256 architectures: long queries are cut, and put together again', async () => {
  const runs: number[] = [];
  const batcher = new Batcher(firstChoice(runs));
  const lengths = [200, 100, 600, 1];
  const answers = await Promise.all(
    lengths.map((length, i) =>
      batcher.predict(Array.from({ length }, (_, k) => architecture((i + k) % 251))),
    ),
  );
  assert.deepEqual(runs, [256, 256, 256, 133]);
  answers.forEach((latencyMs, i) => {
    assert.deepEqual(
      latencyMs,
      Float64Array.from({ length: lengths[i] }, (_, k) => (i + k) % 251),
    );
  });
});

test('short queries go before long ones, which go on all the same', async () => {
  const runs: number[] = [];
  const batcher = new Batcher(firstChoice(runs));
  const order: string[] = [];
  const ask = (name: string, count: number) =>
    batcher.predict(Array.from({ length: count }, () => architecture(1))).then(() => void order.push(name));
  const long = [ask('long', 2000), ask('long', 2000)];
  // While the first run is under way.
  await new Promise(setImmediate);
  await Promise.all(Array.from({ length: 300 }, () => ask('short', 1)));
  assert.ok(runs.length <= 4, `they had their answers after ${runs.length} runs`);
  await Promise.all(long);
  assert.deepEqual(order.slice(0, 300), new Array(300).fill('short'));
  assert.equal(
    runs.reduce((a, b) => a + b, 0),
    4300,
  );
  // Without end of short ones a long one ends too: 64 of each run are for it.
  let ended = false;
  const last = ask('last', 256).then(() => {
    ended = true;
  });
  for (let i = 0; !ended; i++) {
    assert.ok(i < 10);
    await Promise.all(Array.from({ length: 256 }, () => ask('short', 1)));
  }
  await last;
});

test('idle when every query has its answer', async () => {
  const batcher = new Batcher(firstChoice([]));
  await batcher.idle();
  let answered = 0;
  for (let i = 0; i < 3; i++) {
    void batcher.predict(Array.from({ length: 300 }, () => architecture(0))).then(() => answered++);
  }
  await batcher.idle();
  assert.equal(answered, 3);
});

test('an error of a run reaches each of its queries, and the next run is not affected', async () => {
  let fails = true;
  const batcher = new Batcher({
    predict: async (architectures) => {
      if (fails) throw new Error('out of memory');
      return new Float64Array(architectures.length);
    },
  });
  const answers = await Promise.allSettled([
    batcher.predict([architecture(1)]),
    batcher.predict([architecture(2)]),
  ]);
  for (const answer of answers) {
    assert.equal(answer.status, 'rejected');
    assert.equal(answer.reason.message, 'out of memory');
  }
  fails = false;
  assert.equal((await batcher.predict([architecture(3)])).length, 1);
});

test('queries beyond the limit of waiting architectures are turned away, not queued', async () => {
  const batcher = new Batcher(firstChoice([]), () => {}, 10);
  const accepted = batcher.predict(Array.from({ length: 10 }, () => architecture(0)));
  await assert.rejects(batcher.predict([architecture(0)]), { statusCode: 503, code: 'overloaded' });
  assert.equal((await accepted).length, 10);
  assert.equal((await batcher.predict([architecture(0)])).length, 1);
});
