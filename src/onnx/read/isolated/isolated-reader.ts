import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../../base/errors.js';
import type { ReadOptions, TensorGraph } from '../tensor-graph.js';
import type { ReadQuestion, ReadReply } from './reader-process.js';

/** How long a file may take to read, ms. */
const LIMIT_MS = 20_000;

/**
 * Reads ONNX files of strangers in a process of its own, which starts with the first one, and again after one that
 * broke it or took too long or too much memory.
 */
export class IsolatedReader {
  private child: ChildProcess | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  /** @throws InputError as `readTensorGraph` does, or if the file takes too much to read */
  read(bytes: Uint8Array, { sizes }: Pick<ReadOptions, 'sizes'> = {}): Promise<TensorGraph> {
    const read = this.turn.then(() => this.readNow({ bytes, sizes }));
    this.turn = read.catch(() => {});
    return read;
  }

  close(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private async readNow(question: ReadQuestion): Promise<TensorGraph> {
    this.child ??= started();
    const { child } = this;
    let timer: NodeJS.Timeout | undefined;
    try {
      const reply = await new Promise<ReadReply>((resolve, reject) => {
        timer = setTimeout(() => {
          this.close();
          reject(new InputError(`it takes longer to read than ${LIMIT_MS / 1000} s`));
        }, LIMIT_MS);
        child.once('message', resolve);
        child.once('error', reject);
        child.once('exit', () =>
          reject(new InputError('it takes too much memory to read, or breaks onnxruntime')),
        );
        child.send(question);
      });
      if ('graph' in reply) return reply.graph;
      throw new InputError(reply.refused);
    } finally {
      if (child.exitCode !== null || child.signalCode !== null) this.close();
      clearTimeout(timer);
      child.removeAllListeners();
    }
  }
}

function started(): ChildProcess {
  const child = fork(fileURLToPath(new URL('./reader-process.js', import.meta.url)), {
    // Some of node's own options are for a main script only; Maps and bytes are sent as they are.
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // A process that waits for the next file keeps nobody from ending.
  child.unref();
  child.channel?.unref();
  return child;
}
