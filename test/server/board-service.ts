import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { buildApp, type ServiceOptions } from '../../server/app.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';

/** A service that serves one predictor, `board`, with an empty embedded store; `close` it in the end. */
export async function boardService(options: Partial<ServiceOptions> = {}): Promise<FastifyInstance> {
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  await saveAdditiveDevice(models, 'board', 1);
  return buildApp({ models, data: join(folder, 'data'), logLevel: 'silent', ...options });
}
