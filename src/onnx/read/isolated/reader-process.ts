// Reads ONNX files that others have sent, one after the other, in a process of its own: onnxruntime is native code, which
// may take any memory for a file that was made to, or end the process that it is in.
import { Worker } from 'node:worker_threads';
import { InputError } from '../../../base/errors.js';
import { readTensorGraph } from '../read-tensor-graph.js';
import type { ReadOptions, TensorGraph } from '../tensor-graph.js';

/** A file to read. */
export interface ReadQuestion {
  readonly bytes: Uint8Array;
  readonly sizes: ReadOptions['sizes'];
}

/** What it is read into, or why it is not. */
export type ReadReply = { readonly graph: TensorGraph } | { readonly refused: string };

const watchdog = new Worker(new URL('./watchdog.js', import.meta.url));
watchdog.unref();

process.on('message', async ({ bytes, sizes }: ReadQuestion) => {
  const reply: ReadReply = await readTensorGraph(bytes, { sizes }).then(
    (graph) => ({ graph }),
    (error: Error) => {
      if (error instanceof InputError) return { refused: error.message };
      throw error;
    },
  );
  process.send?.(reply);
});
process.on('disconnect', () => process.exit());
