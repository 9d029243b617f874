// Parses JSON bodies in a thread of its own: one of 16 MiB takes tens of milliseconds.
import { parentPort } from 'node:worker_threads';
import { jsonIn } from './json.js';
import { replyOf } from './process-reply.js';

parentPort!.on('message', async (bytes: Uint8Array) => {
  parentPort!.postMessage(await replyOf(() => jsonIn(Buffer.from(bytes.buffer).toString('utf8'))));
});
