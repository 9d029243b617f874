import { createServer, type RequestListener, type Server } from 'node:http';

/**
 * Descriptors that are left to files, threads and processes, at least, and their share of all: a service with an embedded
 * store and 15 predictors has 224 of them open.
 */
const OTHERS = { least: 400, share: 0.25 };
const KEEP_ALIVE_MS = 10_000;

/**
 * An HTTP server that closes what is slow, and takes no more connections than leave descriptors to everything else.
 *
 * @param requestTimeoutMs how long a request may take to arrive whole
 */
export function httpServer(listener: RequestListener, requestTimeoutMs: number): Server {
  const server = createServer(
    { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: requestTimeoutMs / 4 },
    listener,
  );
  server.requestTimeout = requestTimeoutMs;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Neither sends nor reads anything: events of a job come more often than that.
  server.setTimeout(4 * requestTimeoutMs);
  const most = mostConnections();
  if (most !== undefined) server.maxConnections = most;
  return server;
}

/** How many connections this process may have open; undefined where the system sets no limit. */
function mostConnections(): number | undefined {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  // Else it looks up the names of all that is connected.
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  const limit = Number(userLimits?.open_files?.soft);
  if (!Number.isFinite(limit)) return undefined;
  return Math.max(16, Math.floor(limit - Math.max(OTHERS.least, limit * OTHERS.share)));
}
