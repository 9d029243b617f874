import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { packageRoot } from '../../src/base/package-root.js';

/** What the program reads from its environment. */
export const KNOWN_VARIABLES = [
  'DATABASE_URL',
  'TEMPOGRAPH_ADMIN_KEY',
  'TEMPOGRAPH_DATA',
  'NODE_ENV',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
];

const helps = new Map<string, string>();
/** The command's help text; fails if there is no such command. */
function helpOf(command: string): string {
  const script = `const { main } = await import('./dist/cli/main.js'); await main(process.argv.slice(1));`;
  const args = ['--input-type=module', '--eval', script, '--', command, '--help'];
  const help =
    helps.get(command) ?? execFileSync(process.execPath, args, { cwd: packageRoot, encoding: 'utf8' });
  helps.set(command, help);
  return help;
}

/** Fails unless the program has the command, and the command the options. */
export function assertRuns([command, ...args]: readonly string[]): void {
  const help = helpOf(command);
  for (const arg of args.filter((arg) => arg.startsWith('--'))) {
    assert.match(help, new RegExp(`^ +${arg}( |$)`, 'm'), `${command} ${arg}`);
  }
}
