import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import { markdownTable } from '../docs/generate/markdown.js';
import { regions, withRegions } from '../docs/generate/regions.js';
import { InputError } from '../src/base/errors.js';
import { currentBuild, keptBuilds, machine, today } from './build.js';
import { type BenchOptions, keptFile } from './pieces.js';

const KIND = 'bench';
const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

/**
 * Writes the tables of results pages again: the regions `<!-- bench: inference (minutes) -->` hold what that benchmark
 * prints. Those that take longer are left as they were, unless `only` names them, and are listed with their version.
 * With `from`, a folder of kept results, nothing is run: the tables that `only` names are made of what is there.
 *
 * @throws InputError without `into`, the folder of the pages, or if a name of `only` is no region's
 */
export async function resultsBench({ into, only, list, from }: BenchOptions): Promise<void> {
  if (into === undefined) throw new InputError('name the folder of the pages', { field: '--into' });
  if (from !== undefined && !only)
    throw new InputError('name the tables to make with --only', { field: '--from' });
  const files = (await readdir(into)).filter((name) => name.endsWith('.md')).sort();
  const known = new Set<string>();
  const left: string[] = [];
  for (const file of files.map((name) => join(into, name))) {
    for (const region of regions(await readFile(file, 'utf8'), KIND)) {
      const { command, isLong } = parsed(region.name, file);
      known.add(command);
      if (list) console.log(`${command}${isLong ? ' (long)' : ''}`);
      else if (only ? only.includes(command) : !isLong) await renew(file, region.name, command, from);
      else
        left.push(
          `${file}: ${command}: ${region.text.match(/^_(Version [^,_]+(?:, [-\d]+)?)/)?.[1] ?? 'not run yet'}`,
        );
    }
  }
  const unknown = only?.find((name) => !known.has(name));
  if (unknown !== undefined) throw new InputError(`no page has a table of ${unknown}`, { field: '--only' });
  if (!list && left.length > 0) console.log(`left as they were:\n${left.join('\n')}`);
}

function parsed(name: string, file: string): { command: string; isLong: boolean } {
  const [, command, duration] = name.match(/^(.+) \((minutes|long)\)$/) ?? [];
  if (command !== undefined) return { command, isLong: duration === 'long' };
  throw new InputError(`a table's region is named like "inference (minutes)", not ${name}`, { file });
}

async function renew(file: string, name: string, command: string, from?: string): Promise<void> {
  const origin = from === undefined ? originOf(command) : await originOfKept(command, from);
  const kept = from === undefined ? [] : ['--into', from, '--tables'];
  const printed = await printedBy([...command.split(' '), ...kept]);
  const text = `${origin}\n\n${markdownOf(printed)}`;
  const page = await readFile(file, 'utf8');
  await writeFileAtomic(
    file,
    withRegions(page, KIND, (region) => (region.name === name ? text : undefined)),
  );
  console.log(`${file}: ${command}`);
}

/** What a benchmark prints below its name. */
async function printedBy(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], { maxBuffer: 2 ** 26 });
  return stdout
    .trim()
    .split('\n')
    .slice(args.includes('--list') ? 0 : 1)
    .join('\n');
}

/** Where the numbers come from. Other processes on the machine show in its load. */
function originOf(command: string): string {
  const busy = `load average ${loadavg()[0].toFixed(1)} before`;
  return `_Version ${currentBuild()}, ${today()}, ${machine()}, ${busy}: \`npm run bench -- ${command}\`_`;
}

/** @throws InputError if nothing of it is kept there */
async function originOfKept(command: string, from: string): Promise<string> {
  const pieces = (await printedBy([...command.split(' '), '--list'])).split('\n');
  const kept = pieces.filter((piece) => existsSync(keptFile(from, piece)));
  if (kept.length === 0) throw new InputError(`${from} has no results of ${command}`, { field: '--from' });
  return `_Version ${keptBuilds(from, kept)}: \`npm run bench -- ${command} --into results\`_`;
}

/** What a benchmark prints: its tables as Markdown tables, its lines as paragraphs. */
export function markdownOf(printed: string): string {
  const parts: string[] = [];
  let rows: string[][] = [];
  const endTable = () => {
    // A heading over several rows is one cell.
    const padded = rows.map((row) => rows[0].map((_, column) => row[column] ?? ''));
    if (rows.length > 0) parts.push(markdownTable(padded[0], padded.slice(1)));
    rows = [];
  };
  for (const line of printed.split('\n')) {
    if (line.startsWith('│'))
      rows.push(
        line
          .split('│')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    else if (!/^[┌├└]/.test(line)) {
      endTable();
      if (line.trim() !== '') parts.push(line.trim());
    } else if (line.startsWith('┌')) endTable();
  }
  endTable();
  return parts.join('\n\n');
}
