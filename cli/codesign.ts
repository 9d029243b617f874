import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { performancePerArea } from '../src/devices/codesign/area.js';
import { CONFIGURATIONS, formatConfiguration } from '../src/devices/codesign/configuration.js';
import { frontier } from '../src/search/codesign/frontier.js';
import { type FrontierPoint, writeFrontier } from '../src/search/codesign/frontier-file.js';
import { columnReference, readArchitectureTable } from '../src/search/evaluators/accuracy-table.js';
import { assertPercentages } from '../src/search/evaluators/percentages.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { orInterrupted } from './interruptible.js';
import { integer, spaceOption } from './options.js';
import { prepareOutput } from './output-file.js';
import { countBar } from './progress.js';
import { plainTable } from './table.js';

interface CodesignFlags {
  space: string;
  accuracy: string;
  threads: number;
  out: string;
}

/** `tempograph codesign`: the exact frontier of networks and accelerators. */
export function registerCodesign(command: Command): void {
  command
    .addOption(spaceOption('search space of the networks'))
    .requiredOption(
      '--accuracy <file:column>',
      'CSV with a column of the accuracies of trained networks, in %',
    )
    .option('--threads <n>', 'worker threads', integer('threads', 1), availableParallelism())
    .requiredOption(
      '--out <file.json>',
      'file to write the frontier to; the page shows those in <data>/frontiers',
    )
    .addHelpText(
      'after',
      `
Pairs each network of the CSV with each of ${CONFIGURATIONS.toLocaleString('en')} accelerators, and keeps a pair unless another one is at
least as accurate, as fast and as small. Nothing is sampled: of accelerators that take the same cycles for every
operation only the smallest is considered, and parts that networks have in common are scheduled once. All of
NAS-Bench-201 takes about a minute. If the command is interrupted, nothing is written.

To search the same pairs while training only a few networks, see tempograph search --help, --codesign.

Example:
  $ tempograph codesign --accuracy accuracy.csv.gz:cifar100 --out frontier.json`,
    )
    .action(runCodesign);
}

async function runCodesign(flags: CodesignFlags): Promise<void> {
  const space = spaceNamed(flags.space);
  const { file, column } = columnReference(flags.accuracy, '--accuracy');
  const { architectures, values } = await readArchitectureTable(file, space, [column]);
  assertPercentages(values[column], { file, column });
  await prepareOutput(flags.out, '--out');
  const bar = countBar('networks');
  const started = performance.now();
  await orInterrupted('nothing was written', async (signal) => {
    const { points, pairs, distinctNetworks } = await frontier({
      space,
      architectures,
      accuracy: values[column],
      threads: flags.threads,
      signal,
      onProgress: (done, all) => bar.update(done, all),
    }).finally(bar.stop);
    const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
    await writeFrontier(flags.out, {
      kind: 'codesign-frontier',
      space: space.name,
      accuracy: { file, column },
      pairs,
      seconds,
      points: [...points],
    });
    print(points);
    console.log(
      `${flags.out}: ${points.length} of ${pairs.toLocaleString('en')} pairs, ` +
        `${distinctNetworks.toLocaleString('en')} distinct networks, in ${seconds.toFixed(1)} s`,
    );
  });
}

/** The ends of the frontier, and the pair with the highest performance per area. */
function print(points: readonly FrontierPoint[]): void {
  const perArea = ({ latencyMs, areaMm2 }: FrontierPoint) => performancePerArea(latencyMs, areaMm2);
  const best = (score: (point: FrontierPoint) => number) =>
    points.reduce((a, b) => (score(b) > score(a) ? b : a));
  const shown: [string, FrontierPoint][] = [
    ['most accurate', best((point) => point.accuracyPercent)],
    ['fastest', best((point) => -point.latencyMs)],
    ['smallest', best((point) => -point.areaMm2)],
    ['most images/s/cm²', best(perArea)],
  ];
  const head = ['', 'accuracy %', 'ms', 'mm²', 'images/s/cm²', 'network, accelerator'];
  const table = plainTable(head);
  for (const [name, point] of shown) {
    table.push([
      name,
      point.accuracyPercent.toFixed(2),
      point.latencyMs.toFixed(3),
      point.areaMm2.toFixed(1),
      perArea(point).toFixed(1),
      `${point.architecture}\n${formatConfiguration(point.configuration)}`,
    ]);
  }
  console.log(table.toString());
}
