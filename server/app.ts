import { join } from 'node:path';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance } from 'fastify';
import { packageRoot } from '../src/package-root.js';
import { ServiceMetrics } from './metrics.js';
import { ModelFolder } from './models.js';
import { docs } from './plugins/docs.js';
import { answerClientError, answerError, errors } from './plugins/errors.js';
import { page } from './plugins/page.js';
import { requestMetrics } from './plugins/request-metrics.js';
import { health } from './routes/health.js';
import { metricsRoute } from './routes/metrics.js';
import { devices } from './routes/v1/devices.js';
import { predict } from './routes/v1/predict.js';
import { spaces } from './routes/v1/spaces.js';

/** Request bodies, bytes: 10,000 architectures of 400 characters. */
const BODY_LIMIT = 4 * 2 ** 20;

export interface ServiceOptions {
  /** Folder whose sub-folders are predictors. */
  models: string;
  /** Architectures per device whose latency is remembered; 0 for none. */
  cacheSize?: number;
  /** Folder of the built page. */
  pageFolder?: string;
  /** Level of the log on standard output: `silent`, `error`, `warn`, … */
  logLevel?: string;
}

/** Builds the latency service, with its predictors loaded, not yet listening. */
export async function buildApp({
  models: folder,
  cacheSize = 20_000,
  pageFolder = join(packageRoot, 'dist', 'page'),
  logLevel = 'warn',
}: ServiceOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: logLevel },
    childLoggerFactory: (logger) => logger,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    keepAliveTimeout: 10_000,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.removeContentTypeParser('text/plain');

  const metrics: ServiceMetrics = new ServiceMetrics(() => models.all().length);
  const models = new ModelFolder({
    folder,
    cacheSize,
    metrics,
    onProblem: (problem) => app.log.warn(problem, 'a predictor cannot be served'),
  });
  app.addHook('onClose', () => models.close());

  await app.register(errors);
  await app.register(docs);
  await app.register(requestMetrics, { metrics });
  await app.register(page, { folder: pageFolder });
  await app.register(health, { models });
  await app.register(metricsRoute, { metrics });
  await app.register(devices, { models });
  await app.register(predict, { models });
  await app.register(spaces);

  await models.upToDate();
  return app;
}
