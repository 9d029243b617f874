import Table from 'cli-table3';
import type { Command } from 'commander';
import { analyticDevices } from '../devices/catalogue.js';
import { listModels, shippedModels } from '../predictors/model-folder.js';

/** `tempograph devices`: what can be asked about, and how far to trust it. */
export function registerDevices(program: Command): void {
  program
    .command('devices')
    .description('list devices with a trained predictor, and analytic ones')
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .option('--analytic', 'list the parameters of analytic devices')
    .option('--json', 'print cards and parameters as JSON')
    .addHelpText('after', '\nExamples:\n  $ tempograph devices --analytic\n  $ tempograph devices --json')
    .action(async ({ models, analytic, json }: { models: string; analytic?: boolean; json?: boolean }) => {
      if (analytic && !json) {
        console.log(analyticList());
        return;
      }
      const entries = await listModels(models);
      const cards = entries.flatMap((entry) => ('card' in entry ? [entry.card] : []));
      for (const entry of entries) if ('problem' in entry) console.error(`tempograph: ${entry.problem}`);
      if (json) {
        const formulas = analyticDevices.map(({ id, description, parameters }) => ({
          id,
          description,
          parameters,
        }));
        console.log(JSON.stringify({ devices: cards, analytic: formulas }, null, 2));
        return;
      }
      const head = [
        'device',
        'what it is',
        'space',
        'batch',
        'median ms',
        'test ±10 %',
        'Spearman',
        'version',
      ];
      const table = new Table({ head, style: { head: [], border: [] } });
      for (const { device, description, space, latency, scores, version } of cards) {
        table.push([
          device,
          description,
          space,
          String(latency.batchSize ?? '-'),
          latency.percentilesMs[50].toPrecision(3),
          scores.test ? `${(100 * scores.test.within10).toFixed(1)} %` : '-',
          scores.test ? scores.test.spearman.toFixed(3) : '-',
          version,
        ]);
      }
      console.log(table.toString());
      const ids = analyticDevices.map(({ id }) => id).join(', ');
      console.log(`Analytic devices (--analytic lists their parameters): ${ids}, ${FURTHER}`);
    });
}

const FURTHER = 'and 8,639 other codesign accelerators, named by their parameters';

/** Each analytic device with a line per parameter. */
function analyticList(): string {
  const lines = analyticDevices.flatMap(({ id, description, parameters }) => [
    `${id}: ${description}`,
    ...parameters.map(({ name, value, unit, description }) => {
      return `  ${name.padEnd(16)}${`${value} ${unit}`.padEnd(24)}${description}`;
    }),
    '',
  ]);
  return [...lines, `There are ${FURTHER.replace('and ', '')}.`].join('\n');
}
