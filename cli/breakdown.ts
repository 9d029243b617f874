import type { Command } from 'commander';
import { InputError } from '../src/base/errors.js';
import { readBoards } from '../src/devices/board/board-file.js';
import { BOARDS } from '../src/devices/board/boards.js';
import { analyticDevice, analyticDevicesOn } from '../src/devices/catalogue.js';
import { type LatencyReport, NetworkDoesNotFitError } from '../src/devices/device.js';
import { remarksOn } from '../src/devices/left-out.js';
import { totalCost } from '../src/network/cost.js';
import { NETWORK_ARGUMENT, type NetworkFlags, networkArgument, networkOptions } from './network-argument.js';
import { boardsOption, integer } from './options.js';
import { plainTable } from './table.js';

interface BreakdownFlags extends NetworkFlags {
  device: string;
  boards?: string;
  top?: number;
  json?: boolean;
}

/** `tempograph breakdown`: where a network's time goes on an analytic device, layer by layer. */
export function registerBreakdown(command: Command): void {
  command
    .argument('[network]', NETWORK_ARGUMENT)
    .requiredOption('--device <id>', 'analytic device (see `tempograph devices`)')
    .addOption(boardsOption())
    .option('--top <n>', 'show only the n slowest layers (default: all)', integer('top', 1))
    .option('--json', 'print the whole report')
    .addHelpText(
      'after',
      `
Examples:
  $ tempograph breakdown --device overlay:arria10_1150 --network googlenet --top 10
  $ tempograph breakdown --device fnas:zcu102 my-network.onnx --shape images=1x3x320x320
  $ tempograph breakdown --device bcnn:virtex7_690t --network binary_cifar10
  $ tempograph breakdown --device fnas:zcu102 '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'`,
    )
    .action(runBreakdown);
  for (const option of networkOptions()) command.addOption(option);
}

async function runBreakdown(architecture: string | undefined, flags: BreakdownFlags): Promise<void> {
  const boards = flags.boards === undefined ? BOARDS : await readBoards(flags.boards);
  const device = analyticDevice(flags.device, analyticDevicesOn(boards));
  const { network, notes } = await networkArgument(architecture, flags);
  let report: LatencyReport;
  try {
    report = device.latency(network);
  } catch (error) {
    if (error instanceof NetworkDoesNotFitError) throw new InputError(error.message);
    throw error;
  }
  const { macs, parameters } = totalCost(network);
  const remarks = [...notes, ...remarksOn(device, network)];
  if (flags.json) {
    console.log(JSON.stringify({ ...report, macs, parameters, notes: remarks }, null, 2));
    return;
  }
  console.log(layerTable(report, flags.top));
  const { latencyMs, intervalMs, use } = report;
  const every = intervalMs === undefined ? '' : `, a result every ${intervalMs.toPrecision(4)} ms`;
  console.log(`${device.id}: ${latencyMs.toPrecision(4)} ms${every}; ${list(use)}`);
  console.log(
    `${macs.toLocaleString('en')} multiply-accumulates, ${parameters.toLocaleString('en')} parameters`,
  );
  for (const remark of remarks) console.log(remark);
}

/** Layers in the order they start; `top` keeps those with the longest time from start to finish. */
function layerTable({ layers }: LatencyReport, top = layers.length): string {
  const longest = layers
    .toSorted((a, b) => b.finishCycle - b.startCycle - (a.finishCycle - a.startCycle))
    .slice(0, top);
  const head = ['layer', 'starts at', 'finishes at', 'own cycles', 'bottleneck', 'takes'];
  const table = plainTable(head);
  for (const { node, startCycle, finishCycle, cycles, bottleneck, use } of layers.filter((layer) =>
    longest.includes(layer),
  )) {
    table.push([node, ...[startCycle, finishCycle, cycles].map(Math.round), bottleneck, list(use)]);
  }
  return table.toString();
}

function list(use: Readonly<Record<string, number>>): string {
  return Object.entries(use)
    .map(([resource, amount]) => `${resource} ${Math.round(amount)}`)
    .join(', ');
}
