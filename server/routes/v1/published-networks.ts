import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import {
  NetworkParams,
  NetworkPredictionAnswer,
  NetworkQuery,
  NetworksAnswer,
} from '../../../api/published-networks.js';
import { InputError } from '../../../src/base/errors.js';
import { listNetworks } from '../../../src/datasets/published-networks.js';
import type { OperatorGraph } from '../../../src/network/graph.js';
import { publishedNetwork } from '../../../src/network/zoo/index.js';
import { networkDevices } from '../../../src/predictors/roofline/devices.js';
import { predictNetwork, sharesByKind } from '../../../src/predictors/roofline/predict.js';
import { loadNetworkModel } from '../../../src/predictors/roofline/saved.js';
import { ApiError } from '../../http/errors.js';
import { assertWithinBudget } from '../../networks/budget.js';

/** Published networks known by name, and their latencies on devices. */
export const publishedNetworks: FastifyPluginAsyncTypebox = async (app) => {
  let listed: Promise<NetworksAnswer> | undefined;

  app.get(
    '/v1/networks',
    {
      schema: {
        summary:
          'Lists published networks that can be named, with parameters, multiply-accumulates and families',
        tags: ['networks'],
        response: { 200: NetworksAnswer },
      },
    },
    () => {
      listed ??= list();
      return listed;
    },
  );

  app.get(
    '/v1/networks/:network/latency',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Predicts the latency of a published network on a real GPU or CPU, kernel by kernel',
        tags: ['networks'],
        params: NetworkParams,
        querystring: NetworkQuery,
        response: { 200: NetworkPredictionAnswer, ...ERRORS },
      },
    },
    async ({ params: { network }, query: { device, imageSize, batch } }) => {
      const graph = graphOf(network, imageSize);
      const prediction = predictNetwork(await modelOf(device), graph, batch);
      return {
        network,
        device,
        batch: prediction.batch,
        latencyMs: prediction.latencyMs,
        lowMs: prediction.lowMs,
        highMs: prediction.highMs,
        unfamiliar: [...prediction.unfamiliar],
        kernels: sharesByKind(prediction),
      };
    },
  );
};

async function list(): Promise<NetworksAnswer> {
  return {
    networks: (await listNetworks()).map(({ name, family, source, imageSize, parametersM, gmacs }) => ({
      name,
      family,
      source,
      imageSize: imageSize ?? null,
      parametersM,
      gmacs,
    })),
    devices: networkDevices.map(({ name, description, usualBatch }) => ({
      name,
      description,
      usualBatch,
    })),
  };
}

function graphOf(network: string, imageSize: number | undefined): OperatorGraph {
  try {
    const graph = publishedNetwork(network, imageSize);
    assertWithinBudget(graph);
    return graph;
  } catch (error) {
    if (error instanceof InputError) throw new ApiError(400, 'invalid_network', error.message);
    throw error;
  }
}

async function modelOf(device: string) {
  try {
    return await loadNetworkModel(device);
  } catch (error) {
    if (error instanceof InputError) throw new ApiError(404, 'unknown_device', error.message);
    throw error;
  }
}
