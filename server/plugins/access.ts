import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { ErrorAnswer } from '../../api/error.js';
import { allows, type Caller, type Role } from '../../api/role.js';
import type { KeyRing } from '../access/key-ring.js';
import { ApiError } from '../http/errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: by default `read` may GET and `admin` may do all else. */
    role?: Role | 'anyone';
    /** False for what is not worth a line in the audit log; `if noted` for what is where the request says so. */
    audited?: boolean | 'if noted';
    /** What to do with a body that is larger than the route takes. */
    ifTooLarge?: string;
  }
  interface FastifyRequest {
    /** null where no key is needed. */
    caller: Caller | null;
  }
}

/** Below these paths is what keys protect; the page, its files, the documentation and health checks are anybody's. */
const PROTECTED = /^\/(v\d+|metrics)(\/|$)/;
const BEARER = /^bearer +(\S+)$/i;

/**
 * Lets requests in by API key (`authorization: Bearer …`) and role, where keys are required. Every route gets its role
 * here, into its OpenAPI description too. Register before the routes.
 */
export const access = fp<{ keys: KeyRing; required: boolean }>(async (app, { keys, required }) => {
  app.decorateRequest('caller', null);

  app.addHook('onRoute', (route) => {
    const role = roleOf(route);
    route.config = { ...route.config, role };
    if (role === 'anyone') return;
    route.schema = {
      ...route.schema,
      // OpenAPI 3.1: for other schemes than OAuth the list names the roles that are needed.
      security: [{ key: [role] }],
      // Anybody may be turned away from anywhere.
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

/** The API key that a request has, whether it opens anything or not. */
export function keyOf({ headers }: FastifyRequest): string | undefined {
  return headers.authorization?.match(BEARER)?.[1];
}

/** Whose request it is: of a key, or an address where no key is given. */
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
  // RFC 6750: only who sent a key is told that it is none.
  const sent = request.headers.authorization !== undefined;
  reply.header('www-authenticate', sent ? 'Bearer error="invalid_token"' : 'Bearer');
  const message = sent
    ? 'the header authorization has no API key that is known here: it was removed, or mistyped, or is not of the form Bearer <key>'
    : 'send an API key, with the header authorization: Bearer <key>';
  return new ApiError(401, 'unauthorized', message);
}
