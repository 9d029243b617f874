import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { schemaProblems } from '../../src/base/schema-problems.js';
import { ApiError, asApiError, errorBody } from '../http/errors.js';
import { DatabaseUnavailable } from '../store/database.js';
import { DiskFull } from '../store/disk-space.js';
import { Refusal } from '../store/refusal.js';

/** Codes for what Fastify and its plugins refuse, by status. */
const CODES: Record<number, string> = {
  400: 'bad_request',
  404: 'not_found',
  408: 'request_timeout',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  431: 'headers_too_large',
};

/** Gives every error the one shape; what went wrong inside the server is logged and not told. */
export const errors = fp(async (app) => {
  app.setErrorHandler<FastifyError>(answerError);
  app.addHook('onRequest', ({ headers }, _reply, done) => {
    const { 'content-encoding': encoding = 'identity' } = headers;
    // Nothing is unpacked here, so that nothing small can become something large.
    if (encoding === 'identity') {
      done();
      return;
    }
    const message = `the body is compressed (content-encoding: ${encoding.slice(0, 100)}); send it as it is`;
    done(new ApiError(415, 'unsupported_media_type', message));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0].slice(0, 200);
    const error = new ApiError(404, 'not_found', `there is no ${request.method} ${path}; see /docs`);
    send(reply, error, shapeAt(request.url));
  });
});

/** Answers a request that is refused before a route is found for it, such as one of a bad address. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  answerErrorAs(shapeAt(request.url))(error, request, reply);
}

/** The shape of errors at an address: that of the Open Inference Protocol, or ours. */
function shapeAt(url: string): (error: ApiError) => object {
  return /^\/v2([/?]|$)/.test(url) ? inferenceErrorBody : errorBody;
}

/** As the Open Inference Protocol has errors. */
export function inferenceErrorBody({ message }: ApiError): { error: string } {
  return { error: message };
}

/** Answers any error in the one shape. */
export const answerError = answerErrorAs(errorBody);

/** Answers any error, in a shape that somebody else has specified. */
export function answerErrorAs(bodyOf: (error: ApiError) => object) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = error.statusCode === 413 ? tooLarge(error, request) : toApiError(error);
    if (answer.statusCode === 500) request.log.error(error);
    if (answer.statusCode === 503) reply.header('retry-after', '1');
    send(reply, answer, bodyOf);
  };
}

function send(reply: FastifyReply, error: ApiError, bodyOf: (error: ApiError) => object = errorBody): void {
  reply
    .code(error.statusCode)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(bodyOf(error));
}

/** Says how large a body may be, and what to do with a larger one. */
function tooLarge(error: FastifyError, { routeOptions: { bodyLimit, config } }: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error;
  const message = `the body has more than the ${bodyLimit / 2 ** 20} MiB accepted here; ${config?.ifTooLarge ?? 'send it in parts'}`;
  return new ApiError(413, CODES[413], message);
}

function toApiError(error: FastifyError): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Refusal) return asApiError(error);
  if (error instanceof DiskFull) return new ApiError(503, 'disk_full', error.message);
  if (error instanceof DatabaseUnavailable) return new ApiError(503, 'store_unavailable', error.message);
  if (error.validation) return invalidRequest(error.validation, error.validationContext ?? 'request');
  const status = error.statusCode ?? 500;
  if (status === 503) return new ApiError(503, 'overloaded', 'the service is overloaded; try again later');
  if (status < 400 || status >= 500) return new ApiError(500, 'internal', 'the server made a mistake');
  if (status === 415) {
    return new ApiError(415, CODES[415], 'send JSON, with the header content-type: application/json');
  }
  const code =
    error instanceof SyntaxError || error.code?.includes('JSON') ? 'malformed_json' : CODES[status];
  return new ApiError(status, code ?? 'bad_request', error.message);
}

function invalidRequest(validation: NonNullable<FastifyError['validation']>, part: string): ApiError {
  const details = schemaProblems(validation).map(({ path, problem }) => ({
    field: path.slice(1).replaceAll('/', '.') || part,
    message: problem,
  }));
  const [{ field, message }] = details;
  return new ApiError(400, 'invalid_request', `${field} ${message}`, details);
}

/** Answers invalid HTTP, such as a truncated request, in the usual shape of errors. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ([431, 'Request Header Fields Too Large'] as const)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ([408, 'Request Timeout'] as const)
        : ([400, 'Bad Request'] as const);
  const message = {
    400: 'not a complete HTTP request',
    408: 'the request took too long',
    431: 'the headers are too large',
  };
  const body = JSON.stringify(errorBody(new ApiError(status, CODES[status], message[status])));
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
