// Runs the compiled tests. Arguments select files by a part of their path: `npm test -- devices spaces/mnas`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = process.argv.slice(2);

// Listed from the sources, so that leftovers of an earlier checkout in dist are not run.
const files = readdirSync(`${root}/test`, { recursive: true })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.ts'))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .sort()
  .map((path) => `dist/test/${path.replace(/\.ts$/, '.js')}`);

if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}
// A hanging file is reported after twenty minutes; the longest takes two.
const options = ['--test-concurrency=2', `--test-timeout=${20 * 60_000}`];
const { status } = spawnSync(process.execPath, ['--test', ...options, ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
