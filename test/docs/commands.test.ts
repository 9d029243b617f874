import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { marked } from 'marked';
import { pages } from '../../docs/generate/pages.js';
import { packageRoot } from '../../src/base/package-root.js';
import { noPostgres, PostgresServer } from '../server/postgres-server.js';
import { temporaryFolder } from '../temporary-folder.js';

const CLI = join(packageRoot, 'scripts', 'tempograph.mjs');
const DOCUMENTED_ADDRESS = 'localhost:8080';

/**
 * A block of commands that is run: ```` ```sh run ````, or ```` ```sh run service ```` with a service beside it, whose options the first
 * such block may add. With `postgresql` the page's commands find one by DATABASE_URL. The next block, if it is
 * ```` ```text output ````, has lines that must be in what they print, in that order; `…` stands for anything.
 */
interface Block {
  readonly commands: string;
  readonly needsService: boolean;
  readonly serviceOptions: readonly string[];
  readonly needsPostgres: boolean;
  readonly output: readonly string[];
}

function blocksOf(page: string): Block[] {
  const blocks = marked.lexer(page).flatMap((token) => (token.type === 'code' ? [token] : []));
  return blocks.flatMap(({ lang, text }, i) => {
    const [shell, run, ...needs]: string[] = (lang ?? '').split(' ');
    if (shell !== 'sh' || run !== 'run') return [];
    const next = blocks[i + 1];
    const output =
      next?.lang === 'text output' ? next.text.split('\n').filter((line: string) => line !== '…') : [];
    return [
      {
        commands: text,
        needsService: needs.includes('service'),
        serviceOptions: needs.filter((word) => word.startsWith('--')),
        needsPostgres: needs.includes('postgresql'),
        output,
      },
    ];
  });
}

/** A folder as a clone is, whose `npx tempograph` is this one, and which no command leaves. */
async function clone(): Promise<{ folder: string; environment: NodeJS.ProcessEnv }> {
  const folder = temporaryFolder();
  for (const name of ['datasets', 'examples']) await symlink(join(packageRoot, name), join(folder, name));
  await mkdir(join(folder, 'models'));
  await mkdir(join(folder, 'bin'));
  const npx = `#!/bin/sh\n[ "$1" = tempograph ] || exit 1\nshift\nexec "${process.execPath}" "${CLI}" "$@"\n`;
  await writeFile(join(folder, 'bin', 'npx'), npx, { mode: 0o755 });
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    TEMPOGRAPH_DATA: join(folder, 'service-data'),
  };
  return { folder, environment };
}

async function startService(
  folder: string,
  environment: NodeJS.ProcessEnv,
  options: readonly string[],
): Promise<{ address: string; process: ChildProcess }> {
  const service = spawn(process.execPath, [CLI, 'serve', '--port', '0', ...options], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const text of service.stdout.iterator({ destroyOnReturn: false })) {
    output += text;
    const port = output.match(/listening on http:\/\/[^ ]+:(\d+)/)?.[1];
    if (port) return { address: `localhost:${port}`, process: service };
  }
  throw new Error(`the service did not start: ${output}`);
}

/** Whether lines, in which `…` stands for anything, are in a text in this order. */
function missingLine(text: string, lines: readonly string[]): string | undefined {
  const printed = text.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());
  let at = 0;
  for (const line of lines) {
    const parts = line
      .replace(/\s+/g, ' ')
      .trim()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('.*')}$`);
    while (at < printed.length && !pattern.test(printed[at])) at++;
    if (at === printed.length) return line;
    at++;
  }
  return undefined;
}

const lacks = ['bash', 'curl'].find((program) => spawnSync(program, ['--version']).error !== undefined);

test('lines of an example’s output are looked for in order, with … for anything', () => {
  assert.equal(missingLine('a 1\nb  22 c\nd', ['a …', 'b 2… c']), undefined);
  assert.equal(missingLine('b\na', ['a', 'b']), 'b');
  assert.equal(missingLine('a (b)', ['a .b.']), 'a .b.');
});

for (const path of await pages()) {
  const blocks = blocksOf(await readFile(join(packageRoot, path), 'utf8'));
  if (blocks.length === 0) continue;
  const needsPostgres = blocks.some((block) => block.needsPostgres);
  test(`the commands of ${path} run, and print what it says`, {
    skip: lacks ? `there is no ${lacks}` : needsPostgres && noPostgres,
  }, async (t) => {
    const { folder, environment } = await clone();
    const postgres = needsPostgres ? await PostgresServer.start() : undefined;
    if (postgres) environment.DATABASE_URL = await postgres.database();
    let service: Awaited<ReturnType<typeof startService>> | undefined;
    t.after(async () => {
      if (service) {
        service.process.kill();
        await once(service.process, 'exit');
      }
      await postgres?.stop();
    });
    for (const { commands, needsService, serviceOptions, output } of blocks) {
      if (needsService) service ??= await startService(folder, environment, serviceOptions);
      const script = commands.replaceAll(DOCUMENTED_ADDRESS, service?.address ?? DOCUMENTED_ADDRESS);
      const ran = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${script}`], {
        cwd: folder,
        env: environment,
        maxBuffer: 2 ** 26,
        timeout: 600_000,
      }).catch((error) => {
        throw new Error(`${commands}\nfailed: ${error.message}\n${error.stdout}`);
      });
      const printed = ran.stdout;
      const missing = missingLine(printed, output);
      assert.equal(missing, undefined, `${commands}\nprinted\n${printed}\nwithout the line ${missing}`);
      assert.doesNotMatch(printed, /"error":\{"code"/, commands);
    }
  });
}
