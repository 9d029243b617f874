// Makes a checkout ready to run: installs the locked dependencies, compiles, builds the web page; whatever
// of that is out of date. Says what it does on stderr. Uses nothing but Node, as nothing is installed yet.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acquireLock } from './lock.mjs';
import { isInstalled, outdated } from './outdated.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (path) => join(root, path);

const SOURCES = [
  'src',
  'api',
  'client',
  'fleet',
  'server',
  'cli',
  'bench',
  'docs/generate',
  'test',
  'tsconfig.json',
  'package.json',
];
const PAGE = 'server/page';
const BUILT = 'dist/.built';
const PAGE_BUILT = 'dist/page/index.html';
const EMPTY_DATABASE = 'dist/empty-database';

/** Time of the newest file or folder at or below a path, ms; folders count, as deletions only show there. */
function newestMs(path, without) {
  if (path === without || !existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path).map((name) => newestMs(join(path, name), without));
  return Math.max(stat.mtimeMs, ...inside);
}

const timeMs = (path) => (existsSync(at(path)) ? statSync(at(path)).mtimeMs : undefined);
const json = (path) => (existsSync(at(path)) ? JSON.parse(readFileSync(at(path), 'utf8')) : undefined);

function stepsToDo() {
  return outdated({
    installed: isInstalled(json('package-lock.json'), json('node_modules/.package-lock.json')),
    sourcesMs: Math.max(...SOURCES.map((path) => newestMs(at(path), at(PAGE)))),
    builtMs: timeMs(BUILT),
    pageMs: existsSync(at(`${PAGE}/index.html`)) ? newestMs(at(PAGE)) : undefined,
    pageBuiltMs: timeMs(PAGE_BUILT),
    databaseMs: timeMs(EMPTY_DATABASE),
  });
}

function run(program, args, failure) {
  const shell = process.platform === 'win32' && program === 'npm';
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
  if (status === 0) return;
  console.error(
    `tempograph: ${failure} (\`${program} ${args.join(' ')}\`${error ? `: ${error.message}` : ''})`,
  );
  process.exit(1);
}

const steps = {
  install() {
    console.error('tempograph: installing the locked dependencies …');
    const args = ['ci', '--include=dev', '--include=optional', '--loglevel=error'];
    run('npm', args, 'the dependencies could not be installed');
    if (!existsSync(at('node_modules/@tensorflow/tfjs-node'))) {
      console.error('tempograph: optional tfjs-node could not be installed; tfjs will run on WASM');
    }
  },
  build() {
    console.error('tempograph: compiling …');
    // A source saved while the compiler runs has to count as newer than the build.
    const startedAt = new Date();
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], 'the sources do not compile');
    writeFileSync(at(BUILT), '');
    utimesSync(at(BUILT), startedAt, startedAt);
  },
  database() {
    console.error('tempograph: making an empty database …');
    const args = ['dist/server/store/empty-database.js', EMPTY_DATABASE];
    run(process.execPath, args, 'the embedded database could not be made');
  },
  page() {
    console.error('tempograph: building the page …');
    const args = ['node_modules/vite/bin/vite.js', 'build', '--config', `${PAGE}/vite.config.ts`];
    run(process.execPath, [...args, '--logLevel', 'error'], 'the page could not be built');
  },
};

/** Brings the checkout up to date. Does nothing where tempograph is installed as a package, without sources. */
export function prepare() {
  if (!existsSync(at('tsconfig.json')) || !existsSync(at('src')) || stepsToDo().length === 0) return;
  mkdirSync(at('.tempograph'), { recursive: true });
  const release = acquireLock(at('.tempograph/prepare.lock'), () =>
    console.error('tempograph: waiting for another tempograph that is setting up …'),
  );
  try {
    for (const step of stepsToDo()) steps[step]();
  } finally {
    release();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) prepare();
