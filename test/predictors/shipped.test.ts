import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { targetOf } from '../../src/predictors/saved/card.js';
import { listModels, shippedModels } from '../../src/predictors/saved/model-folder.js';
import { isShipped } from '../../src/predictors/saved/shipped.js';

test('what the manifest lists is shipped; a model trained beside it, or of the same name elsewhere, is not', async () => {
  assert.equal(await isShipped(join(shippedModels, 'pixel3')), true);
  assert.equal(await isShipped(join(shippedModels, 'rtx2080_energy')), true);
  assert.equal(await isShipped(join(shippedModels, 'my_board')), false);
  assert.equal(await isShipped('/elsewhere/models/pixel3'), false);
});

test('each predictor of the manifest is there, of its metric, with the licence of its data', async () => {
  const { models, sources } = JSON.parse(readFileSync(join(shippedModels, 'manifest.json'), 'utf8'));
  const cards = new Map(
    (await listModels(shippedModels)).flatMap((e) => ('card' in e ? [[e.folder, e.card]] : [])),
  );
  for (const { device, folder = device, metric = 'latency', source } of models) {
    const card = cards.get(join(shippedModels, folder));
    assert.ok(card, folder);
    assert.deepEqual([card.device, targetOf(card).metric.name], [device, metric]);
    assert.deepEqual([card.space, card.data.licence], [sources[source].space, sources[source].licence]);
  }
});
