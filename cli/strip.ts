import type { Command } from 'commander';
import { InputError } from '../src/base/errors.js';
import { writeOutput } from '../src/base/write-output.js';
import { onnxBytes } from './onnx-file.js';
import { prepareOutput } from './output-file.js';

/** `tempograph strip`: an ONNX file without the values of its weights. */
export function registerStrip(command: Command): void {
  command
    .argument('<file>', 'ONNX file')
    .requiredOption('--out <file>', 'the same network without the values of its weights')
    .addHelpText(
      'after',
      `
Latency does not depend on the values of weights. A stripped file has their shapes, takes a few kilobytes and can be sent
to a service whose limit the whole file exceeds. Shapes, indices and other small constants stay.

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
