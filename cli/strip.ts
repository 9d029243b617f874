import type { Command } from 'commander';
import { InputError } from '../src/base/errors.js';
import { writeOutput } from '../src/base/write-output.js';
import { onnxBytes } from './onnx-file.js';
import { prepareOutput } from './output-file.js';

/** `tempograph strip`: removes the values of weights from an ONNX file. */
export function registerStrip(command: Command): void {
  command
    .argument('<file>', 'ONNX file')
    .requiredOption('--out <file>', 'file to write the weightless network to')
    .addHelpText(
      'after',
      `
Latency does not depend on the values of weights. A weightless file keeps their shapes, and small constants such as
shapes and indices. It takes a few kilobytes, so it can be sent to a service when the whole file exceeds its limit.

Example:
  $ tempograph strip resnet50.onnx --out resnet50.stripped.onnx
  $ tempograph breakdown resnet50.stripped.onnx --device fnas:zcu102`,
    )
    .action(runStrip);
}

async function runStrip(file: string, { out }: { out: string }): Promise<void> {
  const { withoutWeights } = await import('../src/onnx/without-weights.js');
  const bytes = await onnxBytes(file);
  let stripped: Uint8Array;
  try {
    stripped = withoutWeights(bytes);
  } catch (error) {
    throw new InputError((error as Error).message, { file });
  }
  await prepareOutput(out, '--out');
  await writeOutput(out, stripped);
  console.log(`${out}: ${stripped.length} of ${bytes.length} bytes`);
}
