import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import * as ort from '../base/onnxruntime.js';
import type { MeasurementFacts } from '../datasets/card.js';

/** The facts about this machine that readers of the numbers need. */
export function machineFacts(): MeasurementFacts['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    logicalCores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    architecture: arch(),
  };
}

/** A device name derived from the CPU: `amd_epyc_1t` for one thread. */
export function defaultDeviceName(threads: number): string {
  const cpu = machineFacts()
    .cpu.replace(/\((R|TM)\)|CPU|Processor|@.*$|\d+-Core/gi, ' ')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return `${cpu || 'cpu'}_${threads}t`;
}

export const onnxruntimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** Number of processes that want a CPU, averaged over the last minute; undefined if the system does not say. */
export function busyCpus(): number | undefined {
  return process.platform === 'win32' ? undefined : loadavg()[0];
}
