import { type Command, Option } from 'commander';
import { endsIn } from '../src/base/file-ending.js';
import { writeOutput } from '../src/base/write-output.js';
import { totalCost } from '../src/network/cost.js';
import { NETWORK_FORMATS, type NetworkFormat, writeNetwork } from '../src/network/files/network-file.js';
import { NETWORK_ARGUMENT, type NetworkFlags, networkArgument, networkOptions } from './network-argument.js';
import { prepareOutput } from './output-file.js';

interface ExportGraphFlags extends NetworkFlags {
  out?: string;
  format?: NetworkFormat;
}

/** `tempograph export-graph`: a network as a graph for other programs. */
export function registerExportGraph(command: Command): void {
  command
    .argument('[network]', NETWORK_ARGUMENT)
    .option('--out <file>', '.json or .graphml file to write (default: standard output)')
    .addOption(
      new Option(
        '--format <name>',
        "format of the output (default: by the file's ending, otherwise json)",
      ).choices(NETWORK_FORMATS),
    )
    .addHelpText(
      'after',
      `
Nodes are operators, with shape, MACs, parameters, bytes and whether an output depends on them. Edges are tensors, with
the position of the input that reads them. JSON is Graphology's own format; GraphML opens in Gephi, yEd and NetworkX.

Examples:
  $ tempograph export-graph --network googlenet --out googlenet.graphml
  $ tempograph export-graph my.onnx --format json | jq '.nodes[].attributes.macs'`,
    )
    .action(exportGraph);
  for (const option of networkOptions()) command.addOption(option);
}

async function exportGraph(text: string | undefined, flags: ExportGraphFlags): Promise<void> {
  const { network, notes } = await networkArgument(text, flags);
  const format =
    flags.format ?? (flags.out !== undefined && endsIn(flags.out, '.graphml') ? 'graphml' : 'json');
  const written = writeNetwork(network, format);
  for (const note of notes) console.error(note);
  if (flags.out === undefined) {
    console.log(written);
    return;
  }
  await prepareOutput(flags.out, '--out');
  await writeOutput(flags.out, written);
  const { macs, parameters } = totalCost(network);
  const [m, p] = [macs, parameters].map((count) => count.toLocaleString('en'));
  console.log(`${flags.out}: ${network.order} operators, ${m} MACs, ${p} parameters`);
}
