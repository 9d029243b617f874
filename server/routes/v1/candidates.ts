import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  CandidateAnswer,
  CandidateCounts,
  CandidateParams,
  CandidatesAnswer,
  CandidatesBody,
  ClaimAnswer,
  ClaimBody,
  FailureAnswer,
  FailureBody,
} from '../../../api/candidates.js';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import { StoredDeviceParams } from '../../../api/measurements.js';
import { metricNamed } from '../../../src/metrics/metric.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError } from '../../http/errors.js';
import { checkedArchitectures } from '../../measurements/uploads.js';
import type { ModelFolder } from '../../models/model-folder.js';
import {
  addCandidates,
  claimCandidates,
  countCandidates,
  failCandidate,
  findCandidate,
  lentCandidates,
  openCandidates,
} from '../../store/candidates.js';
import { keepDevice, measuredDevice, namedSpace, resolveDevice } from '../../store/devices.js';
import { renewLeases } from '../../store/leases.js';
import type { Store } from '../../store/store.js';
import { candidateTable } from '../../tables/measurements.js';

/** `/v1/devices/:id/candidates`: networks to measure, and the workers that measure them. */
export const candidates: FastifyPluginAsyncTypebox<{ store: Store; models: ModelFolder }> = async (
  app,
  { store, models },
) => {
  app.post(
    '/v1/devices/:id/candidates',
    {
      config: { role: 'measure' },
      schema: {
        summary: 'Queues networks to measure; a new device is created',
        tags: ['candidates'],
        params: StoredDeviceParams,
        body: CandidatesBody,
        response: { 200: CandidatesAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body: { architectures, ...claims } }) => {
      const { database } = await store.ready();
      const device = await resolveDevice(database, id, claims, models.anyOf(id)?.card);
      const checked = await checkedArchitectures(namedSpace(device.space), architectures);
      return database.transaction(async (sql) => {
        await keepDevice(sql, device);
        const queued = await addCandidates(sql, id, checked);
        const isNew = new Set(queued.map((candidate) => candidate.id));
        const open = await openCandidates(sql, id, checked);
        return { device: id, queued, waiting: open.filter((candidate) => !isNew.has(candidate.id)) };
      });
    },
  );

  app.get(
    '/v1/devices/:id/candidates',
    {
      schema: {
        summary:
          'Counts the networks that are waiting, being measured, measured, or failed; as a file, lists the networks',
        tags: ['candidates'],
        params: StoredDeviceParams,
        querystring: TableQuery,
        response: { 200: jsonOrFile(CandidateCounts), ...ERRORS },
      },
    },
    async ({ params: { id }, query: { format = 'json' } }, reply) => {
      const { database } = await store.ready();
      await measuredDevice(database, id);
      if (format !== 'json') return reply.send(await sendTable(reply, format, candidateTable(database, id)));
      return reply.send({ device: id, ...(await countCandidates(database, id)) });
    },
  );

  app.get(
    '/v1/devices/:id/candidates/:candidate',
    {
      schema: {
        summary: 'Shows a candidate: its state, and its measurements',
        tags: ['candidates'],
        params: CandidateParams,
        response: { 200: CandidateAnswer, ...ERRORS },
      },
    },
    async ({ params: { id, candidate } }) => {
      const { database } = await store.ready();
      await measuredDevice(database, id);
      const found = await findCandidate(database, id, candidate);
      if (!found) {
        const message = `${id} has no candidate ${candidate}`;
        throw new ApiError(404, 'unknown_candidate', message, [{ field: 'candidate', message }]);
      }
      const { values, ...rest } = found;
      const measurements = Object.entries(values).map(([metric, value]) => ({
        metric,
        unit: metricNamed(metric).unit,
        value,
      }));
      return { ...rest, measurements };
    },
  );

  app.post(
    '/v1/devices/:id/candidates/claim',
    {
      config: { role: 'measure', audited: 'if noted' },
      schema: {
        summary: 'Lends a worker the next networks to measure',
        tags: ['candidates'],
        params: StoredDeviceParams,
        body: ClaimBody,
        response: { 200: ClaimAnswer, ...ERRORS },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { worker, count, holding = [], leaseSeconds = 600 } = request.body;
      const { database } = await store.ready();
      const { space, deadOperations } = await measuredDevice(database, id);
      if (holding.length > 0) await renewLeases(database, lentCandidates, id, worker, holding, leaseSeconds);
      const claimed = await claimCandidates(database, id, worker, count, leaseSeconds);
      request.noted = claimed.length > 0;
      return { space, deadOperations, candidates: claimed, leaseSeconds };
    },
  );

  app.post(
    '/v1/devices/:id/candidates/:candidate/failure',
    {
      config: { role: 'measure' },
      schema: {
        summary: 'Reports that a worker could not measure a network',
        tags: ['candidates'],
        params: CandidateParams,
        body: FailureBody,
        response: { 200: FailureAnswer, ...ERRORS },
      },
    },
    async ({ params: { id, candidate }, body: { worker, reason } }) => {
      const { database } = await store.ready();
      const state = await failCandidate(database, id, candidate, worker, reason);
      if (state === 'queued' || state === 'failed') return { id: candidate, state };
      throw new ApiError(
        409,
        'not_leased',
        `candidate ${candidate} of ${id} is not lent to ${worker}; its lease has expired, or it is done`,
      );
    },
  );
};
