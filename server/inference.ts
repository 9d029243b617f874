import type { InferenceRequest, InferenceResponse, MetadataTensor, ModelMetadata } from '../api/inference.js';
import type { Prediction } from '../api/predict.js';
import { quote } from '../src/base/errors.js';
import { ApiError } from './errors.js';
import type { DeviceModel } from './models/device-model.js';

type Value = number | boolean;

/** An output tensor of a predictor, `[architecture]`. */
interface Output {
  readonly datatype: 'FP64' | 'BOOL';
  readonly ofInterval: boolean;
  value(prediction: Prediction): Value;
}

const OUTPUTS: Record<string, Output> = {
  latency_ms: { datatype: 'FP64', ofInterval: false, value: ({ latencyMs }) => latencyMs! },
  interval_low_ms: { datatype: 'FP64', ofInterval: true, value: ({ interval }) => interval!.lowMs },
  interval_high_ms: { datatype: 'FP64', ofInterval: true, value: ({ interval }) => interval!.highMs },
  unfamiliar: { datatype: 'BOOL', ofInterval: true, value: ({ interval }) => interval!.unfamiliar },
};

const INPUT: MetadataTensor = { name: 'architecture', datatype: 'BYTES', shape: [-1] };

/** A predictor as the Open Inference Protocol describes models. */
export function metadataOf(model: DeviceModel): ModelMetadata {
  const { device, version } = model.card;
  return {
    name: device,
    versions: [version],
    platform: 'onnx_onnxv1',
    inputs: [INPUT],
    outputs: outputsOf(model).map((name) => ({ name, datatype: OUTPUTS[name].datatype, shape: [-1] })),
  };
}

/**
 * Answers an inference request.
 *
 * @throws ApiError 400 if a tensor is not the model's, or an architecture is not one of its space
 */
export async function infer(
  model: DeviceModel,
  { id, inputs, outputs }: InferenceRequest,
): Promise<InferenceResponse> {
  const { shape, architectures } = architecturesOf(inputs);
  const all = outputsOf(model);
  const wanted = outputs?.length ? outputs.map(({ name }) => name) : all;
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw badRequest(`there is no output ${quote(unknown)}; outputs: ${all.join(', ')}`);
  }
  const predictions = wanted.some((name) => OUTPUTS[name].ofInterval)
    ? await model.predictWithIntervals(architectures)
    : await model.predict(architectures);
  const bad = predictions.findIndex(({ error }) => error !== undefined);
  if (bad >= 0) throw badRequest(`${INPUT.name}[${bad}]: ${predictions[bad].error}`);
  const { device, version } = model.card;
  return {
    model_name: device,
    model_version: version,
    ...(id === undefined ? {} : { id }),
    outputs: wanted.map((name) => ({
      name,
      shape,
      datatype: OUTPUTS[name].datatype,
      data: predictions.map(OUTPUTS[name].value),
    })),
  };
}

function outputsOf({ card }: DeviceModel): string[] {
  return Object.keys(OUTPUTS).filter((name) => card.interval || !OUTPUTS[name].ofInterval);
}

function architecturesOf(inputs: InferenceRequest['inputs']): { shape: number[]; architectures: string[] } {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0 || input.name !== INPUT.name) {
    const names = inputs.map(({ name }) => quote(name)).join(', ') || 'none';
    throw badRequest(`the model has one input, ${INPUT.name}; the request has ${names}`);
  }
  const { datatype, shape } = input;
  if (datatype !== INPUT.datatype) {
    throw badRequest(`input ${INPUT.name} is of datatype ${INPUT.datatype}, not ${quote(datatype)}`);
  }
  const data = input.data.flat();
  if (shape.length === 0 || (shape.length === 2 && shape[1] !== 1)) {
    throw badRequest(`input ${INPUT.name} has the shape [n] or [n, 1], not ${quote(shape)}`);
  }
  if (shape[0] !== data.length) {
    throw badRequest(`input ${INPUT.name} has ${data.length} elements; its shape says ${shape[0]}`);
  }
  const place = data.findIndex((element) => typeof element !== 'string');
  if (place >= 0) throw badRequest(`${INPUT.name}[${place}] is ${quote(data[place])}, which is not a string`);
  return { shape, architectures: data as string[] };
}

function badRequest(message: string): ApiError {
  return new ApiError(400, 'invalid_request', message);
}
