import { Command, CommanderError } from 'commander';
import { InputError } from '../src/base/errors.js';
import { version } from '../src/base/version.js';
import { registerBreakdown } from './breakdown.js';
import { registerCalibrate } from './calibrate.js';
import { registerCodesign } from './codesign.js';
import { registerDevices } from './devices.js';
import { registerDoctor } from './doctor.js';
import { registerEvaluate } from './evaluate.js';
import { registerExportOnnx } from './export-onnx.js';
import { registerImport } from './import.js';
import { registerKeys } from './keys.js';
import { registerLabel } from './label.js';
import { registerMeasure } from './measure.js';
import { registerModels } from './models.js';
import { registerPool } from './pool.js';
import { registerPredict } from './predict.js';
import { registerRuns } from './runs.js';
import { registerSearch } from './search.js';
import { registerSearchWorker } from './search-worker.js';
import { registerServe } from './serve.js';
import { registerSuggest } from './suggest.js';
import { registerTrain } from './train.js';
import { registerTransfer } from './transfer.js';
import { registerWorker } from './worker.js';

const EXAMPLES = `
Examples:
  $ tempograph serve
  $ tempograph predict --device pixel3 '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'
  $ tempograph train --data my.csv.gz --space nasbench201 --device my_board --out models/my_board
  $ tempograph evaluate --data my.csv.gz --space nasbench201 --device my_board --seeds 3`;

/** Runs the command line; user errors are printed without a stack, and set the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('tempograph')
    .description('Predicts how long a neural network takes on a device it has not been run on.')
    .version(version)
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride();
  registerServe(program);
  registerWorker(program);
  registerKeys(program);
  registerPredict(program);
  registerDevices(program);
  registerTrain(program);
  registerEvaluate(program);
  registerTransfer(program);
  registerSuggest(program);
  registerSearch(program);
  registerPool(program);
  registerSearchWorker(program);
  registerRuns(program);
  registerCodesign(program);
  registerMeasure(program);
  registerExportOnnx(program);
  registerImport(program);
  registerLabel(program);
  registerBreakdown(program);
  registerCalibrate(program);
  registerModels(program);
  registerDoctor(program);
  process.stdout.on('error', endIfUnread);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Files, disks and networks that fail are no mistakes of the program's: where it stood says nothing.
    if (error instanceof InputError || isSystemError(error)) console.error(`tempograph: ${error.message}`);
    else if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
  }
}

/** Whoever reads the output may have seen enough of it: `tempograph devices | head`. */
function endIfUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
