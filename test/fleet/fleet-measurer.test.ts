import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { TempographClient } from '../../client/index.js';
import { FleetClient } from '../../fleet/fleet-client.js';
import { fleetMeasurer } from '../../fleet/fleet-measurer.js';
import { Outbox } from '../../fleet/outbox.js';
import { work } from '../../fleet/worker.js';
import type { Target } from '../../src/measure/target.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { boardService } from '../server/board-service.js';
import { temporaryFolder } from '../temporary-folder.js';

/** Every network takes three milliseconds; nothing is really run. */
const LIKE_A_CLOCK: Target = {
  load: async () => ({
    time: async (runs) => ({ runsMs: Array(runs).fill(3), warmUps: 0, stable: true, interrupted: 0 }),
    release: async () => undefined,
  }),
};
/** Runs the reference network, which comes first, and no other. */
function broken(): Target {
  let loaded = 0;
  return {
    load: async (model) => {
      if (loaded++ % 2 === 1) throw new Error('the board is on fire');
      return LIKE_A_CLOCK.load(model);
    },
  };
}

describe('networks that the workers of a service measure for a search', () => {
  let app: FastifyInstance;
  let url: string;
  before(async () => {
    app = await boardService();
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  });
  after(() => app.close());

  const measurerFor = (device: string, onWait?: (architecture: string) => void) =>
    fleetMeasurer({ client: new TempographClient({ url }), device, space, pollMs: 20, onWait });

  /** Works for a device until the measurer has been used. */
  async function beside<Result>(device: string, target: Target, use: () => Promise<Result>): Promise<Result> {
    const interrupt = new AbortController();
    const { signal } = interrupt;
    const working = work({
      device,
      target,
      client: new FleetClient({ server: url, device, worker: 'w', signal }),
      outbox: new Outbox(join(temporaryFolder(), 'unsent.json')),
      protocol: { runs: 4, rounds: 2, extraRounds: 0, block: 4, seed: 1 },
      network: { batch: 1, seed: 1 },
      count: 1,
      pollMs: 20,
      signal,
    });
    try {
      return await use();
    } finally {
      interrupt.abort();
      await working;
    }
  }

  test('are queued, measured once however many ask at once, and answered', async () => {
    const measure = measurerFor('mine');
    const wanted = space.at(4711);
    const client = new TempographClient({ url });
    const asked = Promise.all([measure(wanted), measure(wanted)]);
    // The worker has to find the device.
    while (!(await client.candidates('mine').catch(() => undefined)));
    assert.deepEqual(await beside('mine', LIKE_A_CLOCK, () => asked), [3, 3]);
    const { queued, leased, measured, failed } = await client.candidates('mine');
    assert.deepEqual([queued, leased, measured, failed], [0, 0, 1, 0]);
    assert.deepEqual((await client.measurements('mine').next()).value?.architecture, space.format(wanted));
  });

  test('are refused with the reason when the workers give them up', async () => {
    const measure = measurerFor('burning');
    const asked = measure(space.at(17)).catch((error: Error) => error);
    const client = new TempographClient({ url });
    while (!(await client.candidates('burning').catch(() => undefined)));
    const error = await beside('burning', broken(), () => asked);
    assert.match(String(error), /cannot be measured: .*the board is on fire/);
  });

  test('are waited for until the signal ends it', async () => {
    const measure = measurerFor('nobody');
    await assert.rejects(measure(space.at(17), AbortSignal.timeout(200)), { name: /Abort|Timeout/ });
  });

  test('are refused as what is wrong with the input where the service refuses them', async () => {
    const ofAnother = fleetMeasurer({ client: new TempographClient({ url }), device: '\0', space });
    await assert.rejects(ofAnother(space.at(17)), {
      name: 'InputError',
      message: /the service refused with 4/,
    });
  });

  test('a candidate that is none is 404', async () => {
    const none = '00000000-0000-4000-8000-000000000000';
    const answer = await app.inject(`/v1/devices/nobody/candidates/${none}`);
    assert.deepEqual([answer.statusCode, answer.json().error.code], [404, 'unknown_candidate']);
  });
});
