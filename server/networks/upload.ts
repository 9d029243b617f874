import type { RouteShorthandOptions } from 'fastify';

/** Options of routes that accept ONNX files in base64, up to 12 MiB. */
export const onnxUpload = {
  bodyLimit: 16 * 2 ** 20,
  config: {
    role: 'read',
    ifTooLarge:
      'remove the values of weights from the ONNX file, they do not matter: tempograph strip model.onnx --out small.onnx',
  },
} satisfies Pick<RouteShorthandOptions, 'bodyLimit' | 'config'>;
