import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { ErrorAnswer } from '../../api/error.js';
import { allows, type Caller, type Role } from '../../api/role.js';
import type { KeyRing } from '../access/key-ring.js';
import { ApiError } from '../http/errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: by default `read` for GET, `admin` for everything else. */
    role?: Role | 'anyone';
    /** False for routes that are not audited; `if noted` for those audited only if the request says so. */
    audited?: boolean | 'if noted';
    /** Advice for a body larger than the route accepts. */
    ifTooLarge?: string;
  }
  interface FastifyRequest {
    /** null if no key is needed. */
    caller: Caller | null;
  }
}

/** Paths protected by keys; the page, its files, the documentation and health checks are open to anyone. */
const PROTECTED = /^\/(v\d+|metrics)(\/|$)/;
const BEARER = /^bearer +(\S+)$/i;

/**
 * Authorises requests by API key (`authorization: Bearer …`) and role, if keys are required. Also adds the role to each
 * route's OpenAPI description. Register before the routes.
 */
export const access = fp<{ keys: KeyRing; required: boolean }>(async (app, { keys, required }) => {
  app.decorateRequest('caller', null);

  app.addHook('onRoute', (route) => {
    const role = roleOf(route);
    route.config = { ...route.config, role };
    if (role === 'anyone') return;
    route.schema = {
      ...route.schema,
      // OpenAPI 3.1: for schemes other than OAuth the list names the required roles.
      security: [{ key: [role] }],
      // Any route may refuse a request.
      response: { '4xx': ErrorAnswer, ...(route.schema?.response as object) },
    };
  });

  if (!required) return;
  app.addHook('onRequest', (request, reply, done) => {
    const role = request.is404 ? 'anyone' : (request.routeOptions.config.role ?? 'admin');
    const key = keyOf(request);
    const caller = key === undefined ? undefined : keys.known(key);
    if (caller || key === undefined || role === 'anyone') {
      done(refusal(request, reply, caller, role));
      return;
    }
    keys.find(key).then(
      (found) => done(refusal(request, reply, found, role)),
      (error: Error) => done(error),
    );
  });
});

/** The API key of a request, valid or not. */
export function keyOf({ headers }: FastifyRequest): string | undefined {
  return headers.authorization?.match(BEARER)?.[1];
}

/** The caller of a request: a key, or an address if there is no key. */
export function callerOf({ caller, ip }: FastifyRequest): string {
  return caller?.id ?? ip;
}

function roleOf({ url, method, config }: RouteOptions): Role | 'anyone' {
  if (!PROTECTED.test(url)) return 'anyone';
  if (config?.role) return config.role;
  return [method].flat().every((m) => m === 'GET' || m === 'HEAD') ? 'read' : 'admin';
}

function refusal(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller | undefined,
  role: Role | 'anyone',
): ApiError | undefined {
  request.caller = caller ?? null;
  if (role === 'anyone' || (caller && allows(caller.role, role))) return undefined;
  if (caller) {
    const message = `key ${caller.id} (${caller.name}) has the role ${caller.role}; this needs ${role}`;
    return new ApiError(403, 'forbidden', message);
  }
  // RFC 6750: the error is named only if a key was sent.
  const sent = request.headers.authorization !== undefined;
  reply.header('www-authenticate', sent ? 'Bearer error="invalid_token"' : 'Bearer');
  const message = sent
    ? 'the API key in the header authorization is unknown here: it was removed or mistyped, or the header is not of the form Bearer <key>'
    : 'send an API key, with the header authorization: Bearer <key>';
  return new ApiError(401, 'unauthorized', message);
}
