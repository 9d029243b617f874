import * as tf from '@tensorflow/tfjs';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';

export { tf };

/** The backend of eager tfjs, and why it is not the native one. */
export interface TfjsBackend {
  readonly backend: 'tensorflow' | 'wasm';
  readonly reason?: string;
}

let loaded: Promise<TfjsBackend> | undefined;

/** Selects tfjs's fastest backend on this machine: tfjs-node if it is installed and loads, otherwise WASM. */
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
    // An optional dependency, because its native library comes from a host that may be unreachable.
  }
  setThreadsCount(1);
  await tf.setBackend('wasm');
  return { backend: 'wasm', reason: '@tensorflow/tfjs-node is not installed or does not load' };
}

export const tfjsVersion: string = tf.version_core;
