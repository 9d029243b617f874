// Makes a checkout ready to run: installs the locked dependencies, compiles and builds the web page, as far as they are
// out of date. Run by itself, for tests and benchmarks, it installs their packages too. Reports on stderr. Uses only
// Node, because nothing is installed yet.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
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
  'examples',
  'test',
  'tsconfig.json',
  'package.json',
  'scripts/typebox.config.mjs',
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

function stepsToDo(withTests) {
  return outdated({
    installed: isInstalled(json('package-lock.json'), json('node_modules/.package-lock.json'), withTests),
    sourcesMs: Math.max(...SOURCES.map((path) => newestMs(at(path), at(PAGE)))),
    builtMs: timeMs(BUILT),
    pageMs: existsSync(at(`${PAGE}/index.html`)) ? newestMs(at(PAGE)) : undefined,
    pageBuiltMs: timeMs(PAGE_BUILT),
    databaseMs: timeMs(EMPTY_DATABASE),
  });
}

async function run(program, args, failure) {
  const shell = process.platform === 'win32' && program === 'npm';
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
  const why = await Promise.race([
    once(child, 'error').then(([error]) => `: ${error.message}`),
    once(child, 'exit').then(([status]) => (status === 0 ? undefined : '')),
  ]);
  if (why === undefined) return;
  console.error(`tempograph: ${failure} (\`${program} ${args.join(' ')}\`${why})`);
  process.exit(1);
}

async function viteBuild(config, failure) {
  const args = ['node_modules/vite/bin/vite.js', 'build', '--config', config, '--logLevel', 'error'];
  await run(process.execPath, args, failure);
}

const steps = {
  async install(withTests) {
    console.error('tempograph: installing the locked dependencies …');
    const args = ['ci', withTests ? '--include=dev' : '--omit=dev', '--include=optional', '--loglevel=error'];
    await run('npm', args, 'the dependencies could not be installed');
    if (!existsSync(at('node_modules/@tensorflow/tfjs-node/lib/napi-v8'))) {
      console.error('tempograph: tfjs runs on WASM; `npm run tfjs-node` gets its optional native library');
    }
  },
  async build() {
    console.error('tempograph: compiling …');
    // A source saved while the compiler runs has to count as newer than the build.
    const startedAt = new Date();
    // An earlier version left this file, which Node would take for the package's own.
    rmSync(at('dist/package.json'), { force: true });
    // `npm run lint` checks the types; running need not wait for that.
    const args = ['node_modules/typescript/bin/tsc', '-p', '.', '--noCheck'];
    await Promise.all([
      run(process.execPath, args, 'the sources do not compile'),
      viteBuild('scripts/typebox.config.mjs', 'typebox could not be bundled'),
    ]);
    writeFileSync(at(BUILT), '');
    utimesSync(at(BUILT), startedAt, startedAt);
  },
  async database() {
    console.error('tempograph: making an empty database …');
    const args = ['scripts/empty-database.mjs', EMPTY_DATABASE];
    await run(process.execPath, args, 'the embedded database could not be made');
  },
  async page() {
    console.error('tempograph: building the page …');
    await viteBuild(`${PAGE}/vite.config.ts`, 'the page could not be built');
  },
};

/**
 * Brings the checkout up to date; what follows the installation runs in parallel.
 *
 * @param withTests whether to install what only tests, checks and benchmarks need
 */
export async function prepare(withTests) {
  if (stepsToDo(withTests).length === 0) return;
  mkdirSync(at('.tempograph'), { recursive: true });
  const release = acquireLock(at('.tempograph/prepare.lock'), () =>
    console.error('tempograph: waiting for another tempograph that is setting up …'),
  );
  try {
    const todo = stepsToDo(withTests);
    if (todo.includes('install')) await steps.install(withTests);
    await Promise.all(todo.filter((step) => step !== 'install').map((step) => steps[step]()));
  } finally {
    release();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await prepare(true);
