import type { RouteShorthandOptions } from 'fastify';

/** Of routes that take ONNX files, in base64: files of 12 MiB. */
export const onnxUpload = {
  bodyLimit: 16 * 2 ** 20,
  config: {
    role: 'read',
    ifTooLarge:
      'leave the values of weights out of the ONNX file, they do not matter: tempograph strip model.onnx --out small.onnx',
  },
} satisfies Pick<RouteShorthandOptions, 'bodyLimit' | 'config'>;
