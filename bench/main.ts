import { Command } from 'commander';
import { accuracyBench } from './accuracy.js';
import { cellsBench } from './cells.js';
import { compressBench } from './compress.js';
import { emulateBench } from './emulate.js';
import { faultsBench } from './faults.js';
import { fpgaBench } from './fpga.js';
import { gptBench } from './gpt.js';
import { importBench } from './import.js';
import { inferenceBench } from './inference.js';
import { intervalsBench } from './intervals.js';
import { kernelTransferBench } from './kernel-transfer.js';
import { limitsBench } from './limits.js';
import { networksBench } from './networks.js';
import { oneShotBench } from './one-shot.js';
import type { BenchOptions } from './pieces.js';
import { resultsBench } from './results.js';
import { scaleBench } from './scale.js';
import { searchBench } from './search.js';
import { serviceBench } from './service.js';
import { startupBench } from './startup.js';
import { supernetBench } from './supernet.js';
import { trainingBench } from './training.js';
import { transferBench } from './transfer.js';
import { zooBench } from './zoo.js';

type Bench = (options: BenchOptions) => Promise<void>;

const inOne: Readonly<Record<string, Bench>> = {
  startup: startupBench,
  training: trainingBench,
  inference: inferenceBench,
  import: importBench,
  service: serviceBench,
  accuracy: accuracyBench,
};

/** Benchmarks whose results can be kept piece by piece. */
const inPieces: Readonly<Record<string, Bench>> = {
  intervals: intervalsBench,
  limits: limitsBench,
  compress: compressBench,
  fpga: fpgaBench,
  search: searchBench,
  supernet: supernetBench,
  'one-shot': oneShotBench,
  transfer: transferBench,
  networks: networksBench,
  'kernel-transfer': kernelTransferBench,
  cells: cellsBench,
  gpt: gptBench,
  zoo: zooBench,
  emulate: emulateBench,
};

/** Those that take hours, need a database, or run others: only run where they are named. */
const onlyNamed: Readonly<Record<string, Bench>> = {
  faults: faultsBench,
  scale: scaleBench,
  results: resultsBench,
};

/** Benchmarks by name, in the order in which all are run. */
const benches: Readonly<Record<string, Bench>> = { ...inOne, ...inPieces, ...onlyNamed };
const divisible = Object.keys(inPieces).join(', ');

const names = Object.keys(benches);
await new Command('bench')
  .description('benchmarks; all of them if none is named')
  .argument('[names...]', names.join(', '))
  .option(
    '--into <folder>',
    `of ${divisible}: keep each piece's results here, and go on from those kept; of results: its pages`,
  )
  .option('--list', `print the names of the pieces of ${divisible}`)
  .option(
    '--only <pieces...>',
    'run these pieces, or those whose names begin so; prints no tables. Of service: queries, training, load; of faults: embedded, postgresql, database, fuzz, load',
  )
  .option('--tables', 'run nothing, print the tables of the results that are kept')
  .option('--device <names...>', 'of search: only the table of learned limits, for these phones')
  .option('--measured <file.csv>', 'of search: measurements of a phone that the data does not have')
  .option('--seconds <seconds>', 'of service: length of the mixed load (default: 60)', Number)
  .option(
    '--kills <times>',
    'of faults: kills of the service per store, and of PostgreSQL (default: 100)',
    Number,
  )
  .option('--requests <count>', 'of faults: requests made from the description (default: 1,000,000)', Number)
  .option('--seed <seed>', 'of faults: what those requests are drawn by (default: 1)', Number)
  .option('--minutes <minutes>', 'of faults: length of the mixed load (default: 60)', Number)
  .option('--database <url>', 'of scale: an empty PostgreSQL, which is filled')
  .option(
    '--factor <share>',
    'of scale: of all that is put into it (default: 1: 10,000,000 measurements)',
    Number,
  )
  .addHelpText(
    'after',
    `
The long ones come in pieces that can run beside each other, and after each other in several calls:
  $ npm run -s bench -- transfer --list | xargs -P 16 -n 5 npm run -s bench -- transfer --into results --only
  $ npm run bench -- transfer --into results

Limits on a phone that is known by 20 measurements and other devices:
  $ npm run bench -- search --device pixel2 --measured pixel2.csv

What the service bears, for hours or a part of it; npm test does the same a few times:
  $ npm run bench -- faults
  $ npm run bench -- faults --only embedded postgresql --kills 10

How long each route takes with millions of measurements in the store:
  $ npm run bench -- scale --database postgresql://localhost/scale --factor 0.1

The tables of the documents that take minutes; then one that takes longer:
  $ npm run bench -- results --into docs/results
  $ npm run bench -- results --into docs/results --only accuracy`,
  )
  .action(async (wanted: string[], options: BenchOptions, command: Command) => {
    const unknown = wanted.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      command.error(`there is no benchmark ${unknown}; known are ${names.join(', ')}`);
    }
    for (const name of names) {
      if (wanted.length > 0 ? !wanted.includes(name) : name in onlyNamed) continue;
      if (!options.list) console.log(`\n${name}`);
      await benches[name](options);
    }
  })
  .parseAsync();
