import { Command, CommanderError } from 'commander';
import { InputError } from '../src/base/errors.js';
import { version } from '../src/base/version.js';
import { commands } from './commands.js';
import { endIfUnread } from './unread-output.js';

const EXAMPLES = `
Examples:
  $ tempograph serve
  $ tempograph predict --device pixel3 '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'
  $ tempograph train --data my.csv.gz --space nasbench201 --device my_board --out models/my_board
  $ tempograph evaluate --data my.csv.gz --space nasbench201 --device my_board --seeds 3`;

/** Runs the command line; user errors are printed without a stack, and set the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('tempograph')
    .description('Predicts how long a neural network takes on a device it has never run on.')
    .version(version)
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride();
  await addCommands(program, argv);
  endIfUnread();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // A failing file, disk or network is no fault of the program: a stack trace would not help.
    if (error instanceof InputError || isSystemError(error)) console.error(`tempograph: ${error.message}`);
    else if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
  }
}

/**
 * Adds every command, but options only to the one that is asked for, to avoid loading the code of the others.
 */
async function addCommands(program: Command, argv: readonly string[]): Promise<void> {
  // `help train` is the same as `train --help`.
  const [first, second] = argv.filter((word) => !word.startsWith('-'));
  const asked = first === 'help' ? second : first;
  for (const { name, description, register } of commands) {
    const command = program.command(name).description(description);
    if (name === asked) (await register())(command);
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
