import type { TestContext } from 'node:test';
import Fastify from 'fastify';
import type { FleetMeasurement } from '../../fleet/fleet-client.js';

/** The device it knows; the space has to survive in addresses. */
export const DEVICE = 'my board';

const refused = { error: { code: 'refused', message: 'not that', details: [] } };

interface Upload {
  key: string;
  measurements: FleetMeasurement[];
}

/** A service of the fleet's contract: what it has to give away, what it was sent, and how it answers. */
export async function service(t: TestContext, candidates: { id: string; architecture: string }[]) {
  const app = Fastify();
  const seen = {
    uploads: [] as Upload[],
    failures: [] as { id: string; reason: string }[],
    workers: new Set(),
    /** What workers have said that they still measure. */
    held: [] as string[][],
  };
  /** Status codes to answer the next requests with instead. */
  const refusals: { claim: number[]; measurements: number[]; failure: number[] } = {
    claim: [],
    measurements: [],
    failure: [],
  };
  const waiting = [...candidates];
  app.post<{ Body: { worker: string; count: number; holding?: string[] } }>(
    `/v1/devices/${DEVICE}/candidates/claim`,
    async ({ body }, reply) => {
      if (body.holding) seen.held.push(body.holding);
      const refusal = body.holding ? undefined : refusals.claim.shift();
      if (refusal) return reply.code(refusal).send(refused);
      seen.workers.add(body.worker);
      const lent = waiting.splice(0, body.count);
      return { space: 'nasbench201', deadOperations: 'pruned', candidates: lent, leaseSeconds: 600 };
    },
  );
  app.post<{ Body: Upload }>(`/v1/devices/${DEVICE}/measurements`, async ({ body }, reply) => {
    const refusal = refusals.measurements.shift();
    if (refusal) return reply.code(refusal).send(refused);
    seen.uploads.push(body);
    return reply.code(201).send({});
  });
  app.post<{ Params: { id: string }; Body: { reason: string } }>(
    `/v1/devices/${DEVICE}/candidates/:id/failure`,
    async ({ params, body }, reply) => {
      const refusal = refusals.failure.shift();
      if (refusal) return reply.code(refusal).send(refused);
      seen.failures.push({ id: params.id, reason: body.reason });
      return reply.code(200).send({});
    },
  );
  const server = await app.listen({ port: 0 });
  t.after(() => app.close());
  return { server, seen, refusals };
}
