import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultDataFolder } from '../src/base/data-folder.js';
import { env } from '../src/base/onnxruntime.js';
import { packageRoot } from '../src/base/package-root.js';
import { version } from '../src/base/version.js';
import { loadTfjs, tf } from '../src/nn/engines/tfjs.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { CARD_FILE } from '../src/predictors/saved/saved.js';

const SHIPPED_DATASETS = join(packageRoot, 'datasets');
const GIB = 2 ** 30;

interface Diagnosis {
  versions: Record<'tempograph' | 'node' | 'onnxruntime-node' | 'tfjs-core', string>;
  platform: string;
  tfjs: { backend: string; reason?: string };
  cpu: { model: string; threads: number; usableThreads: number };
  memory: { totalGiB: number; freeGiB: number };
  /** For a folder that does not exist yet, `freeDiskGiB` is that of the disk on which it would be made. */
  folders: { name: string; path: string; writable: boolean; freeDiskGiB: number }[];
  /** Where a service keeps measurements, versions and jobs. */
  store: 'embedded' | 'PostgreSQL (DATABASE_URL)';
  shipped: { models: number; datasets: number };
}

/**
 * What to know about this machine before asking why something is slow or missing.
 *
 * @param data the service's data folder; the service refuses to write when that disk is full
 */
async function diagnose(cwd: string, data: string): Promise<Diagnosis> {
  const folder = async (name: string, path: string) => {
    const present = nearestPresent(path);
    const disk = await statfs(present);
    const freeDiskGiB = round1((disk.bavail * disk.bsize) / GIB);
    return { name, path, writable: isWritable(present), freeDiskGiB };
  };
  return {
    versions: {
      tempograph: version,
      node: process.versions.node,
      'onnxruntime-node': env.versions.node ?? env.versions.common,
      'tfjs-core': tf.version_core,
    },
    platform: `${process.platform}-${process.arch}`,
    tfjs: await loadTfjs(),
    cpu: {
      model: cpus()[0]?.model.trim() ?? 'unknown',
      threads: cpus().length,
      usableThreads: availableParallelism(),
    },
    memory: { totalGiB: round1(totalmem() / GIB), freeGiB: round1(freemem() / GIB) },
    folders: await Promise.all([
      folder('working folder', cwd),
      folder('models', shippedModels),
      folder('datasets', SHIPPED_DATASETS),
      folder('data of the service', data),
    ]),
    store: process.env.DATABASE_URL ? 'PostgreSQL (DATABASE_URL)' : 'embedded',
    shipped: {
      models: list(shippedModels).filter((name) => existsSync(join(shippedModels, name, CARD_FILE))).length,
      datasets: list(SHIPPED_DATASETS).filter((name) => name.endsWith('.card.json')).length,
    },
  };
}

/** `tempograph doctor`: what this machine has and lacks. */
export function registerDoctor(command: Command): void {
  command
    .option('--data <folder>', "the service's data folder, as given to serve", defaultDataFolder())
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  $ tempograph doctor --json')
    .action(async ({ data, json }: { data: string; json?: boolean }) => {
      const diagnosis = await diagnose(process.cwd(), resolve(data));
      console.log(json ? JSON.stringify(diagnosis, null, 2) : inLines(diagnosis));
    });
}

function inLines({ versions, platform, tfjs, cpu, memory, folders, store, shipped }: Diagnosis): string {
  const lines: [string, string][] = [
    ...Object.entries(versions),
    ['platform', platform],
    ['tfjs backend', tfjs.reason ? `${tfjs.backend} (${tfjs.reason})` : tfjs.backend],
    ['CPU', `${cpu.model}, ${cpu.threads} threads, ${cpu.usableThreads} usable`],
    ['memory', `${memory.totalGiB} GiB, ${memory.freeGiB} GiB free`],
    ...folders.map(({ name, path, writable, freeDiskGiB }): [string, string] => [
      name,
      `${path} (${writable ? 'writable' : 'not writable'}, ${freeDiskGiB} GiB free on its disk)`,
    ]),
    ['store', store],
    ['shipped', `${shipped.models} models, ${shipped.datasets} datasets`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** The folder itself, or its nearest ancestor that exists. */
function nearestPresent(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestPresent(dirname(path));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const round1 = (value: number) => Math.round(value * 10) / 10;
