// `npm run docs` builds the documentation site in docs/.vitepress/dist; with --generate it only rewrites the pages
// generated from the program. The site's tools are in docs/package.json, because nothing else needs them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './outdated.mjs';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const docs = join(root, 'docs');
const json = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

function run(program, args) {
  const shell = process.platform === 'win32' && program === 'npm';
  const { status } = spawnSync(program, args, { cwd: docs, stdio: 'inherit', shell });
  if (status !== 0) process.exit(status ?? 1);
}

await prepare(true);
run(process.execPath, ['../dist/docs/generate/main.js']);
if (!process.argv.includes('--generate')) {
  const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((path) =>
    json(join(docs, path)),
  );
  if (!isInstalled(lock, installed, true)) run('npm', ['ci', '--loglevel=error']);
  run(process.execPath, ['node_modules/typedoc/bin/typedoc', '--logLevel', 'Warn']);
  run(process.execPath, ['node_modules/vitepress/bin/vitepress.js', 'build', '.']);
}
