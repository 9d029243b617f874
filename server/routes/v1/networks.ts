import { join } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import { KernelsDevicesAnswer, NetworkPredictAnswer, NetworkPredictBody } from '../../../api/networks.js';
import { InputError } from '../../../src/base/errors.js';
import { kernelsFolders } from '../../../src/predictors/kernels/find.js';
import { readKernelsCard } from '../../../src/predictors/kernels/saved.js';
import type { NetworkAnswers } from '../../networks/network-answers.js';
import { onnxUpload } from '../../networks/upload.js';
import { callerOf } from '../../plugins/access.js';

/** Devices with learned kernels, and the latency of any network on one. */
export const networks: FastifyPluginAsyncTypebox<{
  readonly answers: NetworkAnswers;
  readonly models: readonly string[];
}> = async (app, { answers, models }) => {
  app.get(
    '/v1/networks/devices',
    {
      schema: {
        summary: 'Lists devices that take any ONNX file: those with learned kernels',
        tags: ['networks'],
        response: { 200: KernelsDevicesAnswer },
      },
    },
    async () => {
      const devices = new Map<string, KernelsDevicesAnswer['devices'][number]>();
      const problems: KernelsDevicesAnswer['problems'] = [];
      for (const folder of models) {
        for (const id of await kernelsFolders(folder)) {
          if (devices.has(id)) continue;
          try {
            const { description, runtime, level, version } = await readKernelsCard(join(folder, id));
            devices.set(id, { id, description, runtime, level, modelVersion: version });
          } catch (error) {
            if (!(error instanceof InputError)) throw error;
            problems.push({ folder: id, message: error.message });
          }
        }
      }
      return { devices: [...devices.values()], problems };
    },
  );

  app.post(
    '/v1/networks/predict',
    {
      ...onnxUpload,
      schema: {
        summary:
          'Predicts the latency of any network on a device with learned kernels, kernel by kernel, without running it',
        tags: ['networks'],
        body: NetworkPredictBody,
        response: { 200: NetworkPredictAnswer, ...ERRORS },
      },
    },
    (request) => answers.predict(request.body, models, callerOf(request)),
  );
};
