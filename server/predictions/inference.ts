import type {
  InferenceRequest,
  InferenceResponse,
  MetadataTensor,
  ModelMetadata,
} from '../../api/inference.js';
import { quote } from '../../src/base/errors.js';
import { columnOf, metricKey } from '../../src/metrics/metric.js';
import { ApiError } from '../http/errors.js';
import { servedName } from '../models/model-folder.js';
import type { Predicted, ServedPredictor } from '../models/served-predictor.js';

type Value = number | boolean;

/** An output tensor of a predictor, `[architecture]`. */
interface Output {
  readonly datatype: 'FP64' | 'BOOL';
  readonly ofInterval: boolean;
  value(prediction: Predicted): Value;
}

/** A model's outputs by name: `latency_ms`, `interval_low_ms`, …, with the names of its metric and unit. */
function outputsOf({ card, metric }: ServedPredictor): Map<string, Output> {
  const name = columnOf(metric);
  const unit = name.slice(metric.name.length + 1);
  const outputs: [string, Output][] = [
    [name, { datatype: 'FP64', ofInterval: false, value: ({ value }) => value! }],
    [`interval_low_${unit}`, { datatype: 'FP64', ofInterval: true, value: ({ interval }) => interval!.low }],
    [
      `interval_high_${unit}`,
      { datatype: 'FP64', ofInterval: true, value: ({ interval }) => interval!.high },
    ],
    ['unfamiliar', { datatype: 'BOOL', ofInterval: true, value: ({ interval }) => interval!.unfamiliar }],
  ];
  return new Map(outputs.filter(([, { ofInterval }]) => card.interval || !ofInterval));
}

/** The name of a model for clients: `board`, `board@energy`. */
export const modelName = ({ card, metric }: ServedPredictor) => servedName(card.device, metricKey(metric));

const INPUT: MetadataTensor = { name: 'architecture', datatype: 'BYTES', shape: [-1] };

/** Metadata of a predictor in the Open Inference Protocol. */
export function metadataOf(model: ServedPredictor): ModelMetadata {
  const { version } = model.card;
  return {
    name: modelName(model),
    versions: [version],
    platform: 'onnx_onnxv1',
    inputs: [INPUT],
    outputs: [...outputsOf(model)].map(([name, { datatype }]) => ({ name, datatype, shape: [-1] })),
  };
}

/**
 * Answers an inference request.
 *
 * @throws ApiError 400 if a tensor does not belong to the model, or an architecture not to its space
 */
export async function infer(
  model: ServedPredictor,
  { id, inputs, outputs }: InferenceRequest,
): Promise<InferenceResponse> {
  const { shape, architectures } = architecturesOf(inputs);
  const all = outputsOf(model);
  const named = outputs?.length ? outputs.map(({ name }) => name) : [...all.keys()];
  const wanted = named.map((name) => {
    const output = all.get(name);
    if (output) return { name, ...output };
    throw badRequest(`there is no output ${quote(name)}; outputs: ${[...all.keys()].join(', ')}`);
  });
  const predictions = wanted.some(({ ofInterval }) => ofInterval)
    ? await model.predictWithIntervals(architectures)
    : await model.predict(architectures);
  const bad = predictions.findIndex(({ error }) => error !== undefined);
  if (bad >= 0) throw badRequest(`${INPUT.name}[${bad}]: ${predictions[bad].error}`);
  return {
    model_name: modelName(model),
    model_version: model.card.version,
    ...(id === undefined ? {} : { id }),
    outputs: wanted.map(({ name, datatype, value }) => ({
      name,
      shape,
      datatype,
      data: predictions.map(value),
    })),
  };
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
