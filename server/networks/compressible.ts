import type { OfFile } from '../../api/compressions.js';
import { InputError } from '../../src/base/errors.js';
import { CompressibleModel } from '../../src/compress/compressible-model.js';
import { energyEvaluator } from '../../src/compress/energy-evaluator.js';
import { prepareCompression } from '../../src/compress/prepare.js';
import { modelIn } from '../../src/onnx/read/runnable-model.js';
import { ApiError, badField } from '../http/errors.js';
import { predictedNetwork } from './network-prediction.js';

/** Fields of requests, by the corresponding options of the command. */
const FIELDS: Readonly<Record<string, string>> = {
  '--max-params': 'maxParameters',
  '--max-latency': 'maxLatencyMs',
};

/** A refusal in terms of the service: the field of the request, if it concerns one. */
export function inFields({ message, location }: InputError): { field: string | undefined; message: string } {
  const field = FIELDS[location.field ?? ''];
  return { field, message: field ? message.replace(`option ${location.field}: `, '') : message };
}

/** Why recurrent matrices stay dense if a device is named; undefined without one. */
export function keptRecurrent({ device }: Pick<OfFile, 'device'>): string | undefined {
  return device === undefined ? undefined : 'no predictor knows the Scan its layer would become';
}

/**
 * Checks, before a job is queued, that ranks can be chosen for a model. The model is not run.
 *
 * @param models folders of predictors
 * @throws ApiError 400 naming the field for a file without matrices, or a limit that no ranks can keep; 404 if there is no
 *   such device
 */
export async function assertCompressible(
  { onnx, device, sizes, maxParameters, maxLoss }: OfFile,
  models: readonly string[],
): Promise<void> {
  try {
    const model = new CompressibleModel(modelIn(Buffer.from(onnx, 'base64')), keptRecurrent({ device }));
    const limits = { maxParameters: maxParameters ?? 1 };
    prepareCompression({ model, evaluator: energyEvaluator(model), limits, maxLoss, described: {} });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { field, message } = inFields(error);
    if (field) throw badField(field, message);
    throw new ApiError(400, 'invalid_network', message, [{ field: 'onnx', message }]);
  }
  if (device !== undefined) await predictedNetwork({ device, onnx, sizes }, models);
}
