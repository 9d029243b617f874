// `npm run docs -- --generate`: writes those pages again that follow from the program.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { packageRoot } from '../../src/base/package-root.js';
import { generatedPages } from './pages.js';

for (const [path, text] of await generatedPages()) {
  const file = join(packageRoot, path);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
  await writeFileAtomic(file, text);
  console.log(path);
}
