import type { Command } from 'commander';
import { readBoards } from '../src/devices/board/board-file.js';
import { BOARDS } from '../src/devices/board/boards.js';
import { analyticDevicesOn } from '../src/devices/catalogue.js';
import { CONFIGURATIONS } from '../src/devices/codesign/configuration.js';
import type { AnalyticDevice } from '../src/devices/device.js';
import { kernelsFolders } from '../src/predictors/kernels/find.js';
import { networkDevices } from '../src/predictors/roofline/devices.js';
import { type ModelCard, targetOf } from '../src/predictors/saved/card.js';
import { listModels, shippedModels } from '../src/predictors/saved/model-folder.js';
import { boardsOption } from './options.js';
import { percent } from './percent.js';
import { plainTable } from './table.js';

interface DevicesFlags {
  models: string;
  boards?: string;
  json?: boolean;
}

/** `tempograph devices`: the devices known, and how far to trust their predictors. */
export function registerDevices(command: Command): void {
  command
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .addOption(boardsOption())
    .option('--json', 'print cards and parameters as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ tempograph devices --json
  $ tempograph devices --boards my-boards.json

A file of boards, for --boards. Every analytic model that accepts arbitrary boards then runs on each of them:
  ${JSON.stringify([{ ...BOARDS[0], id: 'my_board', description: 'My board' }])}`,
    )
    .action(async ({ models, boards, json }: DevicesFlags) => {
      const entries = await listModels(models);
      const cards = entries.flatMap((entry) => ('card' in entry ? [entry.card] : []));
      const analytic = analyticDevicesOn(boards === undefined ? BOARDS : await readBoards(boards));
      for (const entry of entries) if ('problem' in entry) console.error(`tempograph: ${entry.problem}`);
      if (json) {
        const described = analytic.map(({ id, description, precision, parameters }) => ({
          id,
          description,
          precision,
          parameters,
        }));
        console.log(JSON.stringify({ devices: cards, analytic: described }, null, 2));
        return;
      }
      console.log(trainedTable(cards));
      console.log(await otherNetworks(models));
      console.log(`\nAnalytic devices, for \`tempograph label\`:\n${analyticTable(analytic)}`);
      const others = (CONFIGURATIONS - 1).toLocaleString('en');
      console.log(`and ${others} other codesign accelerators, named by their parameters`);
    });
}

/** Lines for the devices that predict networks outside every space. */
async function otherNetworks(models: string): Promise<string> {
  const named = networkDevices.map(({ name }) => name);
  const any = [...new Set([...(await kernelsFolders(models)), ...named])];
  return [
    '',
    `For any ONNX file (\`tempograph predict --device <device> my.onnx\`): ${any.join(', ')}`,
    `For networks by name (\`tempograph predict --device <device> --network resnet50\`): ${named.join(', ')}`,
  ].join('\n');
}

function trainedTable(cards: readonly ModelCard[]): string {
  const head = [
    'device',
    'what it is',
    'space',
    'predicts',
    'batch',
    'median',
    'test ±10 %',
    'Spearman',
    'version',
  ];
  const table = plainTable(head);
  for (const card of cards) {
    const { device, description, space, scores, version } = card;
    const { metric, batchSize, percentiles } = targetOf(card);
    table.push([
      device,
      description,
      space,
      metric.name,
      String(batchSize ?? '-'),
      `${percentiles[50].toPrecision(3)} ${metric.unit}`,
      scores.test ? percent(scores.test.within10) : '-',
      scores.test ? scores.test.spearman.toFixed(3) : '-',
      version,
    ]);
  }
  return table.toString();
}

function analyticTable(devices: readonly AnalyticDevice[]): string {
  const head = ['device', 'what it is', 'parameters'];
  const table = plainTable(head, { wordWrap: true, colWidths: [46, 40, 56] });
  for (const { id, description, parameters } of devices) {
    const values = parameters.map(({ name, value, unit }) => `${name} ${value} ${unit}`);
    table.push([id, description, values.join(', ')]);
  }
  return table.toString();
}
