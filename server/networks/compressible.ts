import type { OfFile } from '../../api/compressions.js';
import { InputError } from '../../src/base/errors.js';
import { CompressibleModel } from '../../src/compress/compressible-model.js';
import { energyEvaluator } from '../../src/compress/energy-evaluator.js';
import { prepareCompression } from '../../src/compress/prepare.js';
import { modelIn } from '../../src/onnx/read/runnable-model.js';
import { ApiError, badField } from '../http/errors.js';
import { predictedNetwork } from './network-prediction.js';

/** What the service calls limits that are options of the command. */
const FIELDS: Readonly<Record<string, string>> = {
  '--max-params': 'maxParameters',
  '--max-latency': 'maxLatencyMs',
};

/** A refusal as the service words it: the field of its request, where it is for one. */
export function inFields({ message, location }: InputError): { field: string | undefined; message: string } {
  const field = FIELDS[location.field ?? ''];
  return { field, message: field ? message.replace(`option ${location.field}: `, '') : message };
}

/** Why recurrent matrices stay as they are where a device is asked; undefined where none is. */
export function keptRecurrent({ device }: Pick<OfFile, 'device'>): string | undefined {
  return device === undefined ? undefined : 'no predictor knows the Scan that its layer would become';
}

/**
 * Whether ranks can be chosen for a model, before a job begins with it. Nothing of it is run.
 *
 * @param models folders of predictors
 * @throws ApiError 400 naming the field for a file without matrices, or a limit that no ranks keep to; 404 if there is no such device
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
