import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { InputError, quote } from '../src/base/errors.js';
import { endsIn } from '../src/base/file-ending.js';
import { writeOutput } from '../src/base/write-output.js';
import { readArchitectures } from '../src/datasets/architectures.js';
import { architectureModel } from '../src/measure/network.js';
import { sampleArchitectures } from '../src/measure/sample.js';
import { generatedPath } from '../src/onnx/generate/generated-networks.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { Architecture, SearchSpace } from '../src/spaces/space.js';
import { areNetworks, generatedNetworks, type OnnxFlags } from './measure-networks.js';
import { generatedOptions, type OnnxModelFlags, onnxModelOptions } from './measure-options.js';
import { integer, spaceOption } from './options.js';
import { prepareFolder, prepareOutput } from './output-file.js';
import { countBar } from './progress.js';

interface ExportFlags extends OnnxModelFlags, OnnxFlags {
  space: string;
  out: string;
  arch?: string;
  archs?: string;
  count?: number;
  batch: number | 'dynamic';
  weights: boolean;
}

/** `tempograph export-onnx`: architectures as ONNX files, for runtimes and boards that tempograph can't run. */
export function registerExportOnnx(command: Command): void {
  command
    .addOption(spaceOption())
    .requiredOption('--out <path>', 'an .onnx file for one architecture, or a folder for many')
    .addOption(new Option('--arch <text>', 'one architecture').conflicts(['archs', 'count']))
    .addOption(
      new Option('--archs <file>', 'many architectures: a CSV, or a file with one per line').conflicts(
        'count',
      ),
    )
    .option(
      '--count <n>',
      'many architectures: drawn at random, no two of which compute the same function',
      integer('count', 1),
    )
    .addOption(
      new Option(
        '--no-weights',
        'with --probes and --families: leave out the weights; files take a few kilobytes',
      ),
    )
    .option('--batch <n>', "images per run, or 'dynamic'", batchOf, 1 as const)
    .addHelpText(
      'after',
      `
If there are many models of a space, they are numbered, and networks.csv in their folder lists the architecture of each
file (columns file,arch). With --probes and --families there is a folder for each family and one for the probes;
\`tempograph measure\` with the same options measures them without writing files.

Examples:
  $ tempograph export-onnx --arch '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|' --out net.onnx
  $ tempograph export-onnx --space mnasnet --count 20 --seed 1 --batch dynamic --out networks/
  $ tempograph export-onnx --probes standard --out probes/
  $ tempograph export-onnx --families 3 --no-weights --out networks/`,
    )
    .action(runExport);
  for (const option of [...generatedOptions(), ...onnxModelOptions()]) command.addOption(option);
}

function batchOf(text: string): number | 'dynamic' {
  return text === 'dynamic' ? text : integer('batch', 1)(text);
}

async function runExport(flags: ExportFlags): Promise<void> {
  if (areNetworks(flags)) return exportGenerated(flags);
  const { out, arch, deadOps: deadOperations, batch, imageSize, seed } = flags;
  const space = spaceNamed(flags.space);
  const model = (architecture: Architecture) =>
    architectureModel(space, architecture, { deadOperations, batch, imageSize, seed });
  if (arch !== undefined) {
    if (!endsIn(out, '.onnx')) {
      throw new InputError(`${quote(out)} must end in .onnx, because it is the file of one architecture`, {
        field: '--out',
      });
    }
    const bytes = model(space.parse(arch));
    await prepareOutput(out, '--out');
    await writeOutput(out, bytes);
    console.log(`${out}: ${(bytes.length / 1e6).toFixed(2)} MB`);
    return;
  }
  const architectures = await architecturesOf(space, flags);
  if (endsIn(out, '.onnx')) {
    throw new InputError(
      `${quote(out)} names one file, but there are ${architectures.length} models: name a folder`,
      {
        field: '--out',
      },
    );
  }
  await prepareFolder(out, '--out');
  const bar = countBar('writing');
  const digits = String(architectures.length).length;
  const files: { file: string; arch: string }[] = [];
  for (const [i, architecture] of architectures.entries()) {
    const file = `${String(i + 1).padStart(digits, '0')}.onnx`;
    await writeOutput(join(out, file), model(architecture));
    files.push({ file, arch: space.format(architecture) });
    bar.update(i + 1, architectures.length);
  }
  bar.stop();
  await writeOutput(join(out, 'networks.csv'), stringify(files, { header: true }));
  console.log(`${out}: ${files.length} models, listed in networks.csv`);
}

/** Writes generated networks, in a folder for each family. */
async function exportGenerated({ out, weights, ...flags }: ExportFlags): Promise<void> {
  if (endsIn(out, '.onnx')) {
    throw new InputError(`${quote(out)} names one file: name a folder`, { field: '--out' });
  }
  const networks = generatedNetworks(flags);
  const bar = countBar('writing');
  for (const [i, network] of networks.entries()) {
    const path = join(out, generatedPath(network));
    await mkdir(dirname(path), { recursive: true });
    await writeOutput(path, network.model(weights ? 'random' : 'none'));
    bar.update(i + 1, networks.length);
  }
  bar.stop();
  console.log(`${out}: ${networks.length} models`);
}

async function architecturesOf(
  space: SearchSpace,
  { archs, count, seed }: ExportFlags,
): Promise<Architecture[]> {
  if (archs !== undefined) return readArchitectures(archs, space);
  if (count !== undefined) return sampleArchitectures(space, { count, seed, distinct: 'classes' });
  throw new InputError('say which architectures: --arch, --archs or --count');
}
