import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  AcceleratorsAnswer,
  AskedNetwork,
  BreakdownAnswer,
  BreakdownBody,
  NetworkAnswer,
} from '../../../api/accelerators.js';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import { analyticDevices } from '../../../src/devices/catalogue.js';
import { zoo } from '../../../src/network/zoo/index.js';
import { knownSpaces } from '../../../src/spaces/registry.js';
import { sendTable } from '../../http/downloads.js';
import type { NetworkAnswers } from '../../networks/network-answers.js';
import { onnxUpload } from '../../networks/upload.js';
import { callerOf } from '../../plugins/access.js';
import { acceleratorTable } from '../../tables/accelerators.js';

/** Analytic devices, and where a network's time goes on one. */
export const accelerators: FastifyPluginAsyncTypebox<{ readonly answers: NetworkAnswers }> = async (
  app,
  { answers },
) => {
  app.get(
    '/v1/accelerators',
    {
      schema: {
        summary:
          'Lists analytic devices with their parameters, and the networks that can be named; the devices also as a file',
        tags: ['accelerators'],
        querystring: TableQuery,
        response: { 200: jsonOrFile(AcceleratorsAnswer) },
      },
    },
    async ({ query: { format = 'json' } }, reply) => {
      const accelerators = analyticDevices.map(({ id, description, precision, parameters }) => ({
        id,
        description,
        precision,
        parameters: parameters.map((parameter) => ({ ...parameter, range: [...parameter.range] })),
      }));
      if (format !== 'json')
        return reply.send(await sendTable(reply, format, acceleratorTable(accelerators)));
      return reply.send({
        accelerators,
        networks: Object.keys(zoo),
        spaces: knownSpaces().map(({ name }) => name),
      });
    },
  );

  app.post(
    '/v1/network',
    {
      ...onnxUpload,
      schema: {
        summary: 'Describes a network operator by operator: shapes, multiply-accumulates, parameters',
        tags: ['accelerators'],
        body: AskedNetwork,
        response: { 200: NetworkAnswer, ...ERRORS },
      },
    },
    (request) => answers.network(request.body, callerOf(request)),
  );

  app.post(
    '/v1/breakdown',
    {
      ...onnxUpload,
      schema: {
        summary: 'Computes the latency of a network on an analytic device, layer by layer',
        tags: ['accelerators'],
        body: BreakdownBody,
        response: { 200: BreakdownAnswer, ...ERRORS },
      },
    },
    (request) => answers.breakdown(request.body, callerOf(request)),
  );
};
