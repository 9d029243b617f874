import type { Command } from 'commander';
import { writeOutput } from '../src/base/write-output.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { latencySource } from '../src/search/operators/latency.js';
import { operatorPool } from '../src/search/operators/operator-pool.js';
import { type PoolFile, poolFileOf } from '../src/search/operators/pool-file.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { integer, spaceOption } from './options.js';
import { prepareOutput } from './output-file.js';
import { plainTable } from './table.js';

interface PoolFlags {
  space: string;
  device: string;
  latency?: string;
  models: string;
  keep: number;
  references: number;
  seed: number;
  out?: string;
  json?: boolean;
}

/** `tempograph pool`: the operators of a space that suit a device. */
export function registerPool(command: Command): void {
  command
    .addOption(spaceOption('space whose operators are compared'))
    .requiredOption(
      '--device <name>',
      'device: one with a predictor, an analytic one (fnas:zcu102), or a column of --latency',
    )
    .option('--latency <file>', 'latency CSV with measurements of the device, instead of a predictor')
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .option(
      '--keep <n>',
      'operators to keep in each layer by their score, besides its fastest',
      integer('keep', 1),
      6,
    )
    .option(
      '--references <n>',
      'random networks in which the operators of a layer are compared',
      integer('references', 2),
      8,
    )
    .option('--seed <n>', 'seed of those networks', integer('seed'), 1)
    .option('--out <file.json>', 'write the pool, for search --pool-file')
    .option('--json', 'print the pool as JSON')
    .addHelpText(
      'after',
      `
The score is capacity by time: an operator's MACs and parameters, each scaled from 0 to 1 within its layer, over the
latency in ms that it adds to a network (HURRICANE, arXiv:1910.11609). The fastest operator of a layer always stays, to
leave room for tight limits. Slots other than operators (depth, image size) are not restricted. A file written by --out
may be edited by hand: "kept" is what counts.

Examples:
  $ tempograph pool --space mnasnet --device zcu102_dpu --keep 6 --out pool.json
  $ tempograph pool --space fbnet --latency fbnet.csv.gz --device pixel3 --keep 4
  $ tempograph search --space mnasnet --pool-file pool.json --accuracy accuracy.csv:top1 --budget 100`,
    )
    .action(choosePool);
}

async function choosePool(flags: PoolFlags): Promise<void> {
  const { device, latency: measured, models, keep, references, seed } = flags;
  if (flags.out !== undefined) await prepareOutput(flags.out, '--out');
  const space = spaceNamed(flags.space);
  const { latency, describedAs } = await latencySource(space, device, { measured, models, seed });
  const pool = await operatorPool(space, latency, { keep, references, seed });
  const file = poolFileOf(pool, { device, latencies: describedAs, keep, references, seed });
  if (flags.out !== undefined) {
    await writeOutput(flags.out, `${JSON.stringify(file, null, 2)}\n`);
  }
  if (flags.json) console.log(JSON.stringify(file, null, 2));
  else printPool(file);
}

function printPool({ layers, space, device, latencies }: PoolFile): void {
  const table = plainTable(['layer', 'operator', 'ms', 'MACs, M', 'parameters, k', 'score', 'kept']);
  for (const { layer, operators } of layers) {
    for (const each of operators.toSorted((a, b) => b.score - a.score)) {
      const { operator, latencyMs, macs, parameters, score, kept } = each;
      table.push([
        layer,
        operator,
        latencyMs.toPrecision(3),
        (macs / 1e6).toFixed(2),
        (parameters / 1e3).toFixed(1),
        score.toPrecision(3),
        kept ? 'yes' : '',
      ]);
    }
  }
  console.log(table.toString());
  const kept = layers.map(({ operators }) => operators.filter((operator) => operator.kept).length);
  const share = layers.map(({ operators }, l) => kept[l] / operators.length).reduce((a, b) => a * b);
  console.log(
    `${device} in ${space}, by ${latencies}: ${kept.join(' ')} operators kept, ${share.toPrecision(2)} of the space`,
  );
}
