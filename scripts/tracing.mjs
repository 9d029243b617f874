// `npm run tracing` installs the packages for OpenTelemetry traces, which are not in package.json. Arguments go to npm.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGES } from '../dist/server/tracing/packages.js';

const { status } = spawnSync('npm', ['install', '--no-save', ...process.argv.slice(2), ...PACKAGES], {
  cwd: dirname(dirname(fileURLToPath(import.meta.url))),
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exit(status ?? 1);
