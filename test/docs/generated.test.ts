import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedPages } from '../../docs/generate/pages.js';
import { regions, withRegions } from '../../docs/generate/regions.js';
import { packageRoot } from '../../src/base/package-root.js';

test('generated pages are as the program is; `npm run docs -- --generate` writes them again', async () => {
  for (const [path, text] of await generatedPages()) {
    const kept = await readFile(join(packageRoot, path), 'utf8');
    assert.equal(kept, text, `${path} is not current: run \`npm run docs -- --generate\``);
  }
});

test('only the regions of a kind change, and those that nothing is said of stay', () => {
  const page = 'a\n<!-- x: one -->\nold\n<!-- end -->\nb\n<!-- y: two -->\nkept\n<!-- end -->\n';
  const filled = withRegions(page, 'x', ({ name, text }) => `${name} was ${text}`);
  assert.equal(filled, page.replace('\nold\n', '\n\none was old\n\n'));
  assert.equal(
    withRegions(page, 'x', () => undefined),
    page,
  );
  assert.deepEqual(regions(page, 'y'), [{ name: 'two', text: 'kept' }]);
});
