import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { plainTable } from '../cli/table.js';
import { packageRoot } from '../src/base/package-root.js';
import { nasbench201 } from '../src/spaces/nasbench201/space.js';

const DEVICES = 64;
const ROWS = nasbench201.size * DEVICES;

/** A million measurements of 64 devices through `import`, with csv-parse alone on the same file beside it. */
export async function importBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tempograph-import-'));
  try {
    const file = join(folder, 'long.csv');
    await writeLong(file);
    const main = join(packageRoot, 'dist/cli/main.js');
    const out = join(folder, 'out.csv.gz');
    const imported = await inProcess(
      `const { main } = await import(${JSON.stringify(main)});
       await main(['import', ${JSON.stringify(file)}, '--space', 'nasbench201', '--out', ${JSON.stringify(out)}]);`,
    );
    const parsed = await inProcess(
      `import { createReadStream } from 'node:fs';
       import { parse } from 'csv-parse';
       for await (const row of createReadStream(${JSON.stringify(file)}).pipe(parse({ columns: true }))) row;`,
    );
    const table = plainTable([`${ROWS.toLocaleString('en')} rows`, 's', 'peak MiB']);
    table.push(['import: read, check, write with a card', imported.seconds.toFixed(1), imported.mebibytes]);
    table.push(['csv-parse, rows as objects', parsed.seconds.toFixed(1), parsed.mebibytes]);
    console.log(table.toString());
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Every network on every device, a row each. */
async function writeLong(file: string): Promise<void> {
  const stream = createWriteStream(file);
  stream.write('arch,device,latency_ms\n');
  for (let i = 0; i < nasbench201.size; i++) {
    const architecture = nasbench201.format(nasbench201.at(i));
    const rows = Array.from(
      { length: DEVICES },
      (_, d) => `${architecture},board_${d},${1 + i / 1000 + d}\n`,
    );
    if (!stream.write(rows.join(''))) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
}

/** Runs a module by itself, for its time and memory. */
async function inProcess(script: string): Promise<{ seconds: number; mebibytes: number }> {
  const usage = 'console.error(process.resourceUsage().maxRSS);';
  const started = performance.now();
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', `${script}\n${usage}`],
    { cwd: packageRoot },
  );
  const seconds = (performance.now() - started) / 1000;
  return { seconds, mebibytes: Math.round(Number(stderr.trim().split('\n').at(-1)) / 1024) };
}
