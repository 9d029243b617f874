/** Additional packages for sending traces: tens of megabytes that few users need. `npm run tracing` installs them. */
export const PACKAGES: readonly string[] = [
  '@fastify/otel@0.21',
  // The last OpenTelemetry versions that run on Node 20.
  '@opentelemetry/sdk-trace-node@2',
  '@opentelemetry/resources@2',
  '@opentelemetry/exporter-trace-otlp-http@0.222',
];
