import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { loadPredictor } from '../src/predictors/saved/saved.js';

/**
 * The service one would write first, to compare ours with: a Fastify route that runs the model once per
 * request. Takes the predictor's folder, prints its address.
 */
const predictor = await loadPredictor(process.argv[2], { threads: 1 });
const app = Fastify({ bodyLimit: 4 * 2 ** 20 });
app.post<{ Body: { architectures: string[] } }>('/v1/predict', async ({ body }) => {
  const latencyMs = await predictor.predict(body.architectures.map((text) => predictor.space.parse(text)));
  return {
    predictions: body.architectures.map((architecture, i) => ({
      architecture,
      latencyMs: latencyMs[i],
      modelVersion: predictor.card.version,
    })),
  };
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(`listening on http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
