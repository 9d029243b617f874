import { parentPort, workerData } from 'node:worker_threads';
import type { Board } from '../devices/board/boards.js';
import { analyticDevicesNamed } from '../devices/catalogue.js';
import { NetworkDoesNotFitError } from '../devices/device.js';
import { spaceNamed } from '../spaces/registry.js';

/** What a worker starts with. */
export interface LabelWorkerTask {
  readonly space: string;
  /** Identifiers, or files of calibrated devices. */
  readonly devices: readonly string[];
  readonly boards: readonly Board[];
}

/** One piece of work. */
export interface LabelChunk {
  readonly chunk: number;
  /** `[networks, slots]` */
  readonly architectures: Uint8Array;
}

export interface LabelledChunk {
  readonly chunk: number;
  /** `[networks, devices]`; NaN where a network does not fit. */
  readonly latencyMs: Float64Array;
}

const task = workerData as LabelWorkerTask;
const space = spaceNamed(task.space);
const devices = analyticDevicesNamed(task.devices, task.boards);

parentPort?.on('message', ({ chunk, architectures }: LabelChunk) => {
  const slots = space.slots.length;
  const networks = architectures.length / slots;
  const latencyMs = new Float64Array(networks * devices.length);
  for (let n = 0; n < networks; n++) {
    const network = space.toNetwork(architectures.subarray(n * slots, (n + 1) * slots));
    for (const [d, device] of devices.entries()) {
      try {
        latencyMs[n * devices.length + d] = device.latency(network).latencyMs;
      } catch (error) {
        if (!(error instanceof NetworkDoesNotFitError)) throw error;
        latencyMs[n * devices.length + d] = Number.NaN;
      }
    }
  }
  parentPort?.postMessage({ chunk, latencyMs } satisfies LabelledChunk);
});
