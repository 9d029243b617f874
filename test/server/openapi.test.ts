import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeService } from '../../server/openapi.js';
import { packageRoot } from '../../src/base/package-root.js';

test('docs/openapi.json describes the routes as they are; `npm run openapi` writes it again', async () => {
  const kept = await readFile(join(packageRoot, 'docs', 'openapi.json'), 'utf8');
  assert.deepEqual(JSON.parse(kept), JSON.parse(await describeService()));
});
