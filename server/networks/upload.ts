import type { FastifyError, RouteShorthandOptions } from 'fastify';
import { ApiError } from '../errors.js';
import { answerError } from '../plugins/errors.js';

/** Of a body with an ONNX file in base64: files of 12 MiB. */
const MOST_MB = 16;

/** Options of routes that take ONNX files: how large they may be, and what to do with a larger one. */
export const onnxUpload: Pick<RouteShorthandOptions, 'bodyLimit' | 'errorHandler'> = {
  bodyLimit: MOST_MB * 2 ** 20,
  errorHandler(error, request, reply) {
    const message = `the body has more than ${MOST_MB} MiB; leave the values of weights out of the ONNX file, they do not matter: tempograph strip model.onnx --out small.onnx`;
    const told = error.statusCode === 413 ? new ApiError(413, 'body_too_large', message) : error;
    answerError(told as FastifyError, request, reply);
  },
};
