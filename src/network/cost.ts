import { elements } from '../base/elements.js';
import type { OperatorGraph } from './graph.js';
import type { Operator, Shape } from './operator.js';

/** The cost of running a network once, with batch size 1 or that of its file. */
export interface Cost {
  /**
   * Multiply-accumulates of convolutions, linear layers and matrix products; a bias adds one per output
   * element. Everything else (normalisation, activation, pooling, arithmetic) counts as 0.
   */
  readonly macs: number;
  /** Number of learned values. For normalisations: scale and shift, but not the running statistics. */
  readonly parameters: number;
  /** Bytes written to activations: all tensors except views of others (reshape, flatten, identity). */
  readonly activationBytes: number;
}

/** Kinds whose result is a view of their input, or not an activation. */
const WRITES_NOTHING = new Set<Operator['kind']>(['parameter', 'reshape', 'flatten', 'identity', 'output']);

/**
 * Cost of one operator at batch size 1, or that of its file.
 *
 * @param bytesPerElement 4 for float32, 1 for int8
 * @throws InputError if there is no such operator
 */
export function operatorCost(graph: OperatorGraph, name: string, bytesPerElement = 4): Cost {
  const operator = graph.operator(name);
  const shape = graph.shape(name);
  const inputs = graph.inputs(name).map((input) => graph.shape(input));
  const known = graph.file(name);
  const parameters = known?.parameters ?? parametersOf(operator, inputs);
  return {
    macs: known?.macs ?? macsOf(operator, parameters, inputs, shape),
    parameters,
    activationBytes: WRITES_NOTHING.has(operator.kind)
      ? 0
      : elements(known?.fullShape ?? shape) * bytesPerElement,
  };
}

/**
 * Sum of the costs of all operators.
 *
 * @param bytesPerElement 4 for float32, 1 for int8
 */
export function totalCost(graph: OperatorGraph, bytesPerElement = 4): Cost {
  let macs = 0;
  let parameters = 0;
  let activationBytes = 0;
  for (const name of graph.names()) {
    const cost = operatorCost(graph, name, bytesPerElement);
    macs += cost.macs;
    parameters += cost.parameters;
    activationBytes += cost.activationBytes;
  }
  return { macs, parameters, activationBytes };
}

function parametersOf(operator: Operator, [input]: readonly Shape[]): number {
  switch (operator.kind) {
    case 'parameter':
      return operator.learned ?? elements(operator.shape);
    case 'conv2d':
    case 'convTranspose2d': {
      const { outChannels, kernel, groups, bias } = operator;
      const weights = (input[0] / groups) * outChannels * kernel[0] * kernel[1];
      return weights + (bias ? outChannels : 0);
    }
    case 'linear':
      return ((input.at(-1) as number) + (operator.bias ? 1 : 0)) * operator.outFeatures;
    case 'batchNorm':
    case 'groupNorm':
      return 2 * input[0];
    case 'layerNorm':
      return 2 * elements(input.slice(-operator.dimensions));
    case 'rmsNorm':
      return elements(input.slice(-operator.dimensions));
    case 'embedding':
      return operator.vocabulary * operator.features;
    default:
      return 0;
  }
}

function macsOf(operator: Operator, parameters: number, inputs: readonly Shape[], output: Shape): number {
  switch (operator.kind) {
    case 'conv2d':
      return parameters * output[1] * output[2];
    case 'convTranspose2d': {
      const [channels, height, width] = inputs[0];
      const weights =
        (channels / operator.groups) * operator.outChannels * operator.kernel[0] * operator.kernel[1];
      return weights * height * width + (operator.bias ? elements(output) : 0);
    }
    case 'linear':
      return parameters * elements(output.slice(0, -1));
    case 'matmul':
      return elements(output) * (inputs[0].at(-1) as number);
    default:
      return 0;
  }
}
