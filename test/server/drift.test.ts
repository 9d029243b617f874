import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driftOf } from '../../server/measurements/drift.js';
import type { ServedPredictor } from '../../server/models/served-predictor.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { measuredCells } from './measured-cells.js';

test('a model that has learned from all there was is held against its own intervals', async () => {
  const cells = measuredCells(12, 1);
  const latencies = new Map(cells.map(({ architecture, latencyMs }) => [architecture, latencyMs]));
  const model = {
    card: {
      version: 'v',
      scores: { test: null, valid: null },
      interval: { typical: { low: 0.8, high: 1.25 } },
    },
    space: nasbench201,
    metric: LATENCY,
    predictUncounted: async (texts: readonly string[]) =>
      texts.map((text) => ({ value: latencies.get(text) })),
  } as unknown as ServedPredictor;
  const drift = (factor: number) =>
    driftOf(
      model,
      cells.map(({ architecture, latencyMs }) => ({ architecture, value: factor * latencyMs })),
    );
  // Half the 90 % interval is 22 %, which a normal distribution has with a median error of 9 %.
  const usual = await drift(1.1);
  assert.ok(Math.abs(usual!.heldOutMedianError - 0.091) < 0.001);
  assert.equal(usual!.drifted, false);
  assert.equal((await drift(1.5))!.drifted, true);
  assert.equal((await drift(1000))!.drifted, true);
});
