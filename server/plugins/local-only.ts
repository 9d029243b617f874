import type { IncomingHttpHeaders } from 'node:http';
import fp from 'fastify-plugin';
import { quote } from '../../src/base/errors.js';
import { isLoopback } from '../../src/base/loopback.js';
import { ApiError } from '../http/errors.js';

/** A name or an address (in brackets if it is IPv6), then optionally a port. */
const HOST = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d*)?$/;
const LOCALHOST = /^(.+\.)?localhost\.?$/i;
const READS = ['GET', 'HEAD'];

/**
 * Protects a service without keys on this machine's own address from web pages of other sites: any page in a browser on
 * this machine can send requests there. Register before the routes.
 *
 * - A page whose owner makes its name resolve to this machine (DNS rebinding) has the service's own origin for the
 *   browser; the Host header reveals it. Requests without one do not come from a browser.
 * - Another origin may send a form, or a POST without a body, without the service's consent (Fetch standard, CORS
 *   protocol); Sec-Fetch-Site reveals it, or Origin in browsers that do not send that. Behind a proxy that rewrites Host
 *   the page's Origin is the proxy's, but Sec-Fetch-Site is still `same-origin`.
 *
 * @param host name that the service listens on, accepted besides the machine's own
 */
export const localOnly = fp<{ host?: string }>(async (app, { host }) => {
  const accepted = ['localhost', '*.localhost', 'loopback addresses'];
  if (host !== undefined && !isMachineItself(host)) accepted.push(host);
  const isOwn = (name: string) => isMachineItself(name) || name.toLowerCase() === host?.toLowerCase();

  // A client usually sends the same host every time.
  let lastOwn: string | undefined;
  app.addHook('onRequest', ({ method, headers }, _reply, done) => {
    const { host: asked } = headers;
    if (asked !== undefined && asked !== lastOwn) {
      if (!isOwn(nameIn(asked))) {
        const message = `host ${quote(asked.slice(0, 200))} is not this machine; without API keys only ${accepted.join(', ')} are answered: serve --host <name> adds a name of this machine, --require-keys allows any`;
        done(new ApiError(403, 'foreign_host', message));
        return;
      }
      lastOwn = asked;
    }
    if (!READS.includes(method) && isFromElsewhere(headers, isOwn)) {
      const message = `a page of another site (origin ${quote((headers.origin ?? 'unknown').slice(0, 200))}) may not change anything here; without API keys only pages of ${accepted.join(', ')} may`;
      done(new ApiError(403, 'foreign_origin', message));
      return;
    }
    done();
  });
});

function isFromElsewhere(headers: IncomingHttpHeaders, isOwn: (name: string) => boolean): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site === 'cross-site') return true;
  if (site === 'same-origin' || site === 'none' || origin === undefined) return false;
  return !isOwn(URL.canParse(origin) ? nameIn(new URL(origin).host) : '');
}

function isMachineItself(name: string): boolean {
  return LOCALHOST.test(name) || isLoopback(name);
}

/** The name or address in a Host header; empty if it is malformed. */
function nameIn(host: string): string {
  const [, address, name] = HOST.exec(host) ?? [];
  return address ?? name ?? '';
}
