import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { jsonIn } from '../reading/json.js';
import { JsonThread } from '../reading/json-thread.js';

/** Larger bodies are parsed in a thread; for smaller ones passing the value back takes as long as parsing. */
const LARGE_BYTES = 4 * 2 ** 20;

/** Reads JSON bodies with `jsonIn`. Register before the routes. */
export const jsonBody = fp(async (app) => {
  const thread = new JsonThread();
  app.addHook('onClose', () => thread.close());
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, bytes: Buffer) =>
      bytes.length > LARGE_BYTES ? thread.read(bytes) : jsonIn(bytes.toString('utf8')),
  );
});
