import Table from 'cli-table3';
import type { Command } from 'commander';
import { listModels, shippedModels } from '../predictors/model-folder.js';

/** `tempograph devices`: what can be asked about, and how far to trust it. */
export function registerDevices(program: Command): void {
  program
    .command('devices')
    .description('list devices with a trained predictor')
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .option('--json', 'print the cards as JSON')
    .addHelpText('after', '\nExample:\n  $ tempograph devices --json')
    .action(async ({ models, json }: { models: string; json?: boolean }) => {
      const entries = await listModels(models);
      const cards = entries.flatMap((entry) => ('card' in entry ? [entry.card] : []));
      for (const entry of entries) if ('problem' in entry) console.error(`tempograph: ${entry.problem}`);
      if (json) {
        console.log(JSON.stringify({ devices: cards }, null, 2));
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
    });
}
