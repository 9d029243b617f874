import type { Span } from '@opentelemetry/api';
import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import { version } from '../../src/base/version.js';
import { PACKAGES } from './packages.js';

/** Active tracing. */
export interface Tracing {
  /** Makes a span of every request. Must be registered before any plugin with hooks or routes. */
  readonly requests: FastifyPluginCallback;
  /** Sends the remaining spans. */
  stop(): Promise<void>;
}

/** The used parts of packages that need not be installed, whose types are therefore unavailable. */
interface Installed {
  FastifyOtelInstrumentation: new (options: {
    instrumentHooks: boolean;
    instrumentHandler: boolean;
    recordExceptions: boolean;
    requestHook: (span: Span, request: FastifyRequest) => void;
  }) => { setTracerProvider(provider: Provider): void; plugin(): FastifyPluginCallback };
  NodeTracerProvider: new (options: { resource: unknown; spanProcessors: unknown[] }) => Provider;
  BatchSpanProcessor: new (exporter: unknown) => unknown;
  OTLPTraceExporter: new () => unknown;
  defaultResource: () => Resource;
  resourceFromAttributes: (attributes: Record<string, string>) => Resource;
  detectResources: (options: { detectors: unknown[] }) => Resource;
  envDetector: unknown;
}
interface Resource {
  merge(other: Resource): Resource;
}
interface Provider {
  register(): void;
  shutdown(): Promise<void>;
}

/**
 * Starts sending traces to a collector by OTLP over HTTP, if OpenTelemetry's environment variables name one:
 * OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. Its other variables apply too.
 *
 * @param say called with the reason if a collector is named but no traces can be sent
 * @returns undefined if no traces are sent
 */
export async function startTracing(say: (why: string) => void): Promise<Tracing | undefined> {
  const { env } = process;
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT && !env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return undefined;
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none')
    return undefined;
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol && !protocol.startsWith('http/')) {
    say(`no traces are sent: they go over HTTP, not by ${protocol} (OTEL_EXPORTER_OTLP_PROTOCOL)`);
    return undefined;
  }
  const installed = await load();
  if (!installed) {
    say(
      `no traces are sent: install what they need with \`npm run tracing\`, or \`npm install ${PACKAGES.join(' ')}\``,
    );
    return undefined;
  }
  const { NodeTracerProvider, BatchSpanProcessor, OTLPTraceExporter, FastifyOtelInstrumentation } = installed;
  const named = { 'service.name': 'tempograph', 'service.version': version };
  const provider = new NodeTracerProvider({
    resource: installed
      .defaultResource()
      .merge(installed.resourceFromAttributes(named))
      .merge(installed.detectResources({ detectors: [installed.envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  const requests = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    instrumentHandler: false,
    // Refused requests are not faults of this program; for its own faults the log has the stack.
    recordExceptions: false,
    requestHook: (span, { method, routeOptions }) => {
      span.updateName(`${method} ${routeOptions.url ?? ''}`.trimEnd());
    },
  });
  requests.setTracerProvider(provider);
  return { requests: requests.plugin(), stop: () => provider.shutdown().catch(() => {}) };
}

async function load(): Promise<Installed | undefined> {
  const names = [
    '@fastify/otel',
    '@opentelemetry/sdk-trace-node',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
  ];
  try {
    const modules = await Promise.all(names.map((name): Promise<object> => import(name)));
    return Object.assign({}, ...modules) as Installed;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
