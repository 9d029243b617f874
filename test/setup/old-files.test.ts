import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { loadPredictor } from '../../src/predictors/saved/saved.js';
import { summariseRun } from '../../src/search/report/run-summary.js';
import { readRun } from '../../src/search/run-log.js';

// Written by version 0.1.0: `train` on the first 120 rows of datasets/nasbench201_cpu, and `search` among them.
const written = (name: string) => join(packageRoot, 'test/fixtures/0.1.0', name);
const CELL = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|';

/** What version 0.1.0's `predict` said of the cell, ms. */
const SAID: Readonly<Record<string, number>> = {
  ffe397a99e14: 0.9065776467323303,
  ce6378ae3160: 0.821321964263916,
};

for (const kind of ['lookup', 'analytic']) {
  test(`a ${kind} predictor of version 0.1.0 is loaded and says what it said then`, async () => {
    const predictor = await loadPredictor(written(kind));
    try {
      const [ms] = await predictor.predict([predictor.space.parse(CELL)]);
      assert.ok(Math.abs(ms / SAID[predictor.card.version] - 1) < 1e-5, `${ms} ms`);
      assert.ok(predictor.spread, 'its intervals are loaded too');
    } finally {
      await predictor.release();
    }
  });
}

test('the logs of searches of version 0.1.0 are read', () => {
  const accuracies = ['run.jsonl', 'pareto.jsonl'].map((log) => summariseRun(readRun(written(log))));
  assert.deepEqual(
    accuracies.map(({ trained }) => trained),
    [8, 6],
  );
});
