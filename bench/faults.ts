import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { plainTable } from '../cli/table.js';
import { packageRoot } from '../src/base/package-root.js';
import type { BenchOptions } from './pieces.js';
import { serviceBench } from './service.js';

const KILLS = 100;
const REQUESTS = 1_000_000;
const MINUTES = 60;

/** What one test of a long run came to. */
interface Outcome {
  readonly name: string;
  /** What it says of itself; why it was skipped. */
  readonly result: string;
}

/** A test of `npm test` that is run with other numbers. */
interface LongTest {
  readonly file: string;
  /** A part of its name, where the file has several. */
  readonly named?: string;
}

const KILL_TESTS: Readonly<Record<string, LongTest>> = {
  embedded: { file: 'kill', named: 'embedded' },
  postgresql: { file: 'kill', named: 'postgresql' },
  database: { file: 'postgres-kill' },
};

/**
 * Long runs of what a service has to bear: the tests that kill it, and its PostgreSQL, again and again; those that send
 * requests made from its description; and mixed load. `only` names parts: embedded, postgresql, database (PostgreSQL is
 * killed itself), fuzz, load.
 *
 * @throws Error with what a test says that fails
 */
export async function faultsBench({
  only,
  kills = KILLS,
  requests = REQUESTS,
  seed = 1,
  minutes = MINUTES,
}: BenchOptions): Promise<void> {
  const isWanted = (part: string) => !only || only.includes(part);
  const table = plainTable(['test', 'result']);
  const run = async (test: LongTest, numbers: Record<string, number>) => {
    for (const { name, result } of await outcomesOf(test, numbers)) table.push([name, result]);
  };
  for (const [part, test] of Object.entries(KILL_TESTS)) {
    if (isWanted(part)) await run(test, { TEMPOGRAPH_KILLS: kills });
  }
  if (isWanted('fuzz')) {
    await run({ file: 'fuzz' }, { TEMPOGRAPH_FUZZ: requests, TEMPOGRAPH_SEED: seed });
  }
  if (table.length > 0) console.log(table.toString());
  if (isWanted('load')) await serviceBench({ only: ['load'], seconds: 60 * minutes });
}

async function outcomesOf({ file, named }: LongTest, numbers: Record<string, number>): Promise<Outcome[]> {
  const path = join(packageRoot, 'dist', 'test', 'server', `${file}.test.js`);
  const pattern = named === undefined ? [] : [`--test-name-pattern=${named}`];
  const environment = Object.entries(numbers).map(([name, value]) => [name, String(value)]);
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', ...pattern, path], {
    cwd: packageRoot,
    env: { ...process.env, ...Object.fromEntries(environment) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} has failed:\n${output}`);
  return outcomesIn(output);
}

/** What tests say of themselves, in the Test Anything Protocol; the runner counts them on lines of its own at the end. */
export function outcomesIn(tap: string): Outcome[] {
  const outcomes: Outcome[] = [];
  let name = '';
  for (const line of tap.split('\n')) {
    const [, test, skipped] = /^ok \d+ - (.*?)(?: # SKIP ?(.*))?$/.exec(line) ?? [];
    if (test !== undefined) name = test.replaceAll('\\#', '#');
    const notWanted = skipped?.startsWith('test name does not match');
    if (skipped !== undefined && !notWanted) outcomes.push({ name, result: `not run: ${skipped}` });
    const said = /^# (?!Subtest: )(.*)$/.exec(line)?.[1];
    if (said === undefined) continue;
    if (/^tests \d+$/.test(said)) break;
    outcomes.push({ name, result: said });
  }
  return outcomes;
}
