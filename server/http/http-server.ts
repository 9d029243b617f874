import { createServer, type RequestListener, type Server } from 'node:http';

/**
 * File descriptors reserved for files, threads and processes, and their share of all. A service with an embedded store and
 * 15 predictors has 224 open.
 */
const OTHERS = { least: 400, share: 0.25 };
const KEEP_ALIVE_MS = 10_000;

/**
 * An HTTP server that closes slow connections, and limits their number to leave file descriptors for everything else.
 *
 * @param requestTimeoutMs how long a request may take to arrive completely
 */
export function httpServer(listener: RequestListener, requestTimeoutMs: number): Server {
  const server = createServer(
    { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: requestTimeoutMs / 4 },
    listener,
  );
  server.requestTimeout = requestTimeoutMs;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Closes idle connections; a job's events come more often than this.
  server.setTimeout(4 * requestTimeoutMs);
  const most = mostConnections();
  if (most !== undefined) server.maxConnections = most;
  return server;
}

/** Most connections this process may have open; undefined if the system sets no limit. */
function mostConnections(): number | undefined {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  // Otherwise the report looks up the host names of all connections.
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  const limit = Number(userLimits?.open_files?.soft);
  if (!Number.isFinite(limit)) return undefined;
  return Math.max(16, Math.floor(limit - Math.max(OTHERS.least, limit * OTHERS.share)));
}
