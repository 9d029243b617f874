/** What sending traces needs beside the package: it weighs tens of megabytes, and few want it. `npm run tracing` installs it. */
export const PACKAGES: readonly string[] = [
  '@fastify/otel@0.21',
  // The last of OpenTelemetry's that run on Node 20.
  '@opentelemetry/sdk-trace-node@2',
  '@opentelemetry/resources@2',
  '@opentelemetry/exporter-trace-otlp-http@0.222',
];
