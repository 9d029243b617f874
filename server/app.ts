import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance } from 'fastify';
import { dataPaths } from '../src/base/data-folder.js';
import { packageRoot } from '../src/base/package-root.js';
import { KeyRing } from './access/key-ring.js';
import { decimalQueries } from './http/decimal-queries.js';
import { httpServer } from './http/http-server.js';
import { jobHandlers, jobRoutes } from './job-kinds.js';
import { JobRunner } from './jobs/runner.js';
import { ModelFolder } from './models/model-folder.js';
import { PromotedModels } from './models/promoted-models.js';
import { addDriftMetrics } from './monitoring/drift-metrics.js';
import { ServiceMetrics } from './monitoring/metrics.js';
import { addStoreMetrics } from './monitoring/store-metrics.js';
import { tellOnce } from './monitoring/tell-once.js';
import { NetworkAnswers } from './networks/network-answers.js';
import { access } from './plugins/access.js';
import { audit } from './plugins/audit.js';
import { docs } from './plugins/docs.js';
import { answerClientError, answerFrameworkError, errors } from './plugins/errors.js';
import { jsonBody } from './plugins/json-body.js';
import { localOnly } from './plugins/local-only.js';
import { memoryBudget } from './plugins/memory-budget.js';
import { page } from './plugins/page.js';
import { rateLimit } from './plugins/rate-limit.js';
import { requestMetrics } from './plugins/request-metrics.js';
import { securityHeaders } from './plugins/security-headers.js';
import { CsvReader } from './reading/csv-reader.js';
import { health } from './routes/health.js';
import { metricsRoute } from './routes/metrics.js';
import { accelerators } from './routes/v1/accelerators.js';
import { candidates } from './routes/v1/candidates.js';
import { datasets } from './routes/v1/datasets.js';
import { devices } from './routes/v1/devices.js';
import { emulators } from './routes/v1/emulators.js';
import { frontiers } from './routes/v1/frontiers.js';
import { jobs } from './routes/v1/jobs.js';
import { keys } from './routes/v1/keys.js';
import { measurements } from './routes/v1/measurements.js';
import { meets } from './routes/v1/meets.js';
import { networks } from './routes/v1/networks.js';
import { overview } from './routes/v1/overview.js';
import { predict } from './routes/v1/predict.js';
import { production } from './routes/v1/production.js';
import { publishedNetworks } from './routes/v1/published-networks.js';
import { spaceUploads } from './routes/v1/space-uploads.js';
import { spaceQueries } from './routes/v1/spaces.js';
import { strategies } from './routes/v1/strategies.js';
import { inference } from './routes/v2/inference.js';
import { SpaceChecker } from './spaces/space-checker.js';
import { StoredSpaces } from './spaces/stored-spaces.js';
import { Store } from './store/store.js';
import type { Tracing } from './tracing/start.js';

/** Largest request body, bytes: 10,000 architectures of 400 characters. */
const BODY_LIMIT = 4 * 2 ** 20;

declare module 'fastify' {
  interface FastifyInstance {
    /** Devices that currently have a predictor. */
    servedDevices(): string[];
  }
}

export interface ServiceOptions {
  /** Folder whose sub-folders are predictors. */
  models: string;
  /** Folder of the service's own data; without it the service only predicts, and accepts no measurements. */
  data?: string;
  /** PostgreSQL that keeps the data, except for files; an embedded database in `data` by default. */
  databaseUrl?: string;
  /** Whether jobs run here, rather than in other processes on the same PostgreSQL. */
  runJobs?: boolean;
  /** Architectures per device whose predictions are cached; 0 for none. */
  cacheSize?: number;
  /** Folder of the built page. */
  pageFolder?: string;
  /** Whether everything but the page, the documentation and health checks needs an API key. */
  requireKeys?: boolean;
  /** Name that the service listens on: without keys it answers only requests to this name and the machine's own. */
  host?: string;
  /** An administrator's key beside those in the store. */
  adminKey?: string;
  /** Requests a key, or an address, may send per second; 0 for no limit. */
  requestsPerSecond?: number;
  /** How long a request may take to arrive completely, ms. */
  requestTimeoutMs?: number;
  /** Addresses or networks of trusted proxies, separated by commas, whose X-Forwarded-For names the client. */
  trustProxy?: string;
  /** Whether to start the process that reads CSV as soon as the store is open, rather than with the first upload. */
  warm?: boolean;
  /** Sends traces; it is stopped with the service. */
  tracing?: Tracing;
  /** Level of the log on standard output: `silent`, `error`, `warn`, … */
  logLevel?: string;
}

/**
 * Builds the service with its predictors loaded; it does not listen yet.
 *
 * @throws InputError if keys are required but there is no administrator's key
 */
export async function buildApp({
  models: folder,
  data,
  databaseUrl,
  runJobs = true,
  cacheSize = 20_000,
  requireKeys = false,
  host,
  adminKey,
  requestsPerSecond = 0,
  requestTimeoutMs = 30_000,
  trustProxy,
  warm = false,
  pageFolder = join(packageRoot, 'dist', 'page'),
  tracing,
  logLevel = 'warn',
}: ServiceOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: logLevel },
    childLoggerFactory: (logger) => logger,
    bodyLimit: BODY_LIMIT,
    trustProxy,
    serverFactory: (handler) => httpServer(handler, requestTimeoutMs),
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(decimalQueries);
  app.removeContentTypeParser('text/plain');

  if (tracing) {
    app.addHook('onClose', () => tracing.stop());
    await app.register(tracing.requests);
  }
  const metrics: ServiceMetrics = new ServiceMetrics(() => models.all().length);
  const folders = data === undefined ? [folder] : [dataPaths(data).serving, folder];
  const models = new ModelFolder({
    folders,
    cacheSize,
    metrics,
    onProblem: (problem) => app.log.warn(problem, 'a predictor cannot be served'),
  });
  app.addHook('onClose', () => models.close());

  const onProblem = tellOnce((problem) => app.log.warn(problem));
  const store = data === undefined ? undefined : new Store({ folder: data, databaseUrl, onProblem });
  const ring = new KeyRing(store, adminKey, onProblem);
  app.addHook('onClose', async () => ring.close());

  await app.register(errors);
  await app.register(jsonBody);
  await app.register(securityHeaders);
  if (!requireKeys) await app.register(localOnly, { host });
  if (requestsPerSecond > 0) await app.register(rateLimit, { perSecond: requestsPerSecond, keys: ring });
  await app.register(access, { keys: ring, required: requireKeys });
  await app.register(memoryBudget);
  if (store) await app.register(audit, { store });
  await app.register(docs);
  await app.register(requestMetrics, { metrics });
  await app.register(page, { folder: pageFolder });
  await app.register(health, { models, store, requireKeys });
  await app.register(metricsRoute, { metrics });
  await app.register(devices, { models });
  await app.register(predict, { models, store });
  await app.register(meets, { models });
  await app.register(spaceQueries, { store, models });
  await app.register(strategies);
  const answers = new NetworkAnswers();
  app.addHook('onClose', async () => answers.close());
  await app.register(accelerators, { answers });
  await app.register(networks, { answers, models: folders });
  await app.register(publishedNetworks);
  await app.register(emulators, { models: folders, store });
  await app.register(frontiers, { folder: data && dataPaths(data).frontiers });
  await app.register(overview, { store });
  await app.register(datasets, { folder: join(packageRoot, 'datasets') });
  await app.register(inference, { models });
  if (store) {
    addStoreMetrics(metrics.registry, store);
    addDriftMetrics(metrics.registry, store, models);
    const promoted = new PromotedModels(store, models, onProblem);
    // Leaves one core to predictions.
    const threads = Math.max(1, availableParallelism() - 1);
    const spaces = new StoredSpaces(store, onProblem);
    const handlers = jobHandlers({ models, folders, promoted, spaces, threads });
    const runner = runJobs ? new JobRunner(store, handlers, onProblem) : undefined;
    app.addHook('onClose', async () => {
      await runner?.close();
      await promoted.close();
      await spaces.close();
      await store.close();
    });
    const csv = new CsvReader();
    if (warm) store.onOpen(async () => csv.warm());
    app.addHook('onClose', async () => csv.close());
    const checker = new SpaceChecker();
    app.addHook('onClose', async () => checker.close());
    await app.register(spaceUploads, { store, models, stored: spaces, checker });
    await app.register(measurements, { store, models, csv });
    await app.register(jobRoutes, { store, models, folders, promoted, csv, answers });
    await app.register(production, { store });
    await app.register(jobs, { store, promoted });
    await app.register(candidates, { store, models });
    await app.register(keys, { store, ring });
  }

  app.decorate('servedDevices', () => [...new Set(models.all().map(({ card }) => card.device))]);
  await models.upToDate();
  store?.open();
  if (requireKeys) {
    try {
      await ring.mustHaveAdministrator();
    } catch (error) {
      await app.close();
      throw error;
    }
  }
  return app;
}
