import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { shippedModels } from '../../src/predictors/saved/model-folder.js';
import { isShipped } from '../../src/predictors/saved/shipped.js';

test('what the manifest lists is shipped; a model trained beside it, or of the same name elsewhere, is not', async () => {
  assert.equal(await isShipped(join(shippedModels, 'pixel3')), true);
  assert.equal(await isShipped(join(shippedModels, 'my_board')), false);
  assert.equal(await isShipped('/elsewhere/models/pixel3'), false);
});
