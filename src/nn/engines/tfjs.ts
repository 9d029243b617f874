import * as tf from '@tensorflow/tfjs';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';

export { tf };

/** Which backend tfjs computes on when it runs eagerly, and why it isn't the native one. */
export interface TfjsBackend {
  readonly backend: 'tensorflow' | 'wasm';
  readonly reason?: string;
}

let loaded: Promise<TfjsBackend> | undefined;

/** Selects tfjs' fastest backend on this machine: tfjs-node where it is installed and loads, else WASM. */
export function loadTfjs(): Promise<TfjsBackend> {
  loaded ??= selectBackend();
  return loaded;
}

async function selectBackend(): Promise<TfjsBackend> {
  const native = '@tensorflow/tfjs-node';
  try {
    await import(native);
    if (await tf.setBackend('tensorflow')) return { backend: 'tensorflow' };
  } catch {
    // Optional dependency: its native library comes from a host that may be out of reach.
  }
  setThreadsCount(1);
  await tf.setBackend('wasm');
  return { backend: 'wasm', reason: '@tensorflow/tfjs-node is not installed or does not load' };
}

/** Version of tfjs-core. */
export const tfjsVersion: string = tf.version_core;
