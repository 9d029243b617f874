import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { operatorCost, totalCost } from '../../../src/arch/cost.js';
import { zoo } from '../../../src/arch/zoo/index.js';
import { analyticDevices } from '../../../src/devices/catalogue.js';
import { type AnalyticDevice, NetworkDoesNotFitError } from '../../../src/devices/device.js';
import { InputError } from '../../../src/errors.js';
import { spaces } from '../../../src/spaces/index.js';
import { askedNetwork } from '../../asked-network.js';
import { ApiError } from '../../errors.js';
import { findAccelerator } from '../../find-accelerator.js';
import {
  AcceleratorsAnswer,
  AskedNetwork,
  BreakdownAnswer,
  BreakdownBody,
  NetworkAnswer,
} from '../../schemas/accelerators.js';
import { ErrorAnswer } from '../../schemas/error.js';

/** Analytic devices: which there are, and where the time of a network goes on one. */
export const accelerators: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/v1/accelerators',
    {
      schema: {
        summary: 'Analytic devices with their parameters, and the networks that can be named',
        tags: ['accelerators'],
        response: { 200: AcceleratorsAnswer },
      },
    },
    async () => ({
      accelerators: analyticDevices.map(({ id, description, precision, parameters }) => ({
        id,
        description,
        precision,
        parameters: parameters.map((parameter) => ({ ...parameter, range: [...parameter.range] })),
      })),
      networks: Object.keys(zoo),
      spaces: spaces.map(({ name }) => name),
    }),
  );

  app.post(
    '/v1/network',
    {
      config: { role: 'read' },
      schema: {
        summary: 'A network operator by operator: shapes, multiply-accumulates, parameters',
        tags: ['accelerators'],
        body: AskedNetwork,
        response: { 200: NetworkAnswer, '4xx': ErrorAnswer },
      },
    },
    async ({ body }): Promise<NetworkAnswer> => {
      const graph = askedNetwork(body);
      return {
        ...totalCost(graph),
        operators: graph.nodes().map(({ name, operator: { kind }, inputs }) => {
          const { macs, parameters } = operatorCost(graph, name);
          return { name, kind, inputs: [...inputs], shape: [...graph.shape(name)], macs, parameters };
        }),
      };
    },
  );

  app.post(
    '/v1/breakdown',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Latency of a network on an analytic device, layer by layer',
        tags: ['accelerators'],
        body: BreakdownBody,
        response: { 200: BreakdownAnswer, '4xx': ErrorAnswer },
      },
    },
    async ({ body }): Promise<BreakdownAnswer> => {
      const device = deviceNamed(body.device);
      const { layers, use, ...report } = reportOf(device, body);
      return {
        device: device.id,
        ...report,
        layers: layers.map((layer) => ({ ...layer, use: { ...layer.use } })),
        use: { ...use },
      };
    },
  );
};

/** @throws ApiError 404 if there is no such device */
function deviceNamed(id: string): AnalyticDevice {
  try {
    return findAccelerator(id);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new ApiError(404, 'unknown_accelerator', error.message, [
      { field: 'device', message: error.message },
    ]);
  }
}

/** @throws ApiError 400 if the device cannot run the network, 422 if it has no room for it */
function reportOf(device: AnalyticDevice, body: BreakdownBody) {
  const network = askedNetwork(body);
  try {
    return device.latency(network);
  } catch (error) {
    if (error instanceof NetworkDoesNotFitError) throw new ApiError(422, 'does_not_fit', error.message);
    if (error instanceof InputError) throw new ApiError(400, 'invalid_request', error.message);
    throw error;
  }
}
