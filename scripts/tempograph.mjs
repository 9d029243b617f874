#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a checkout, anything out of date is installed and built first; a package comes ready built.
if (existsSync(new URL('../tsconfig.json', import.meta.url))) {
  const { prepare } = await import('./prepare.mjs');
  await prepare(false);
}
const { main } = await import('../dist/cli/main.js');
await main(process.argv.slice(2));
