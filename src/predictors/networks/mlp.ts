import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { tf } from '../../nn/engines/tfjs.js';
import { forEveryMember, linear, linearParameters } from '../../nn/layers.js';
import type { Dropout, Network } from '../../nn/network.js';
import { trainingDefaults } from '../../nn/training.js';
import { slotsEncoding } from '../encodings/encoding.js';
import type { FitTask, FittedModel } from '../predictor.js';
import { fitNetwork, type NetworkSize } from './neural.js';

/** Hidden layers of ReLU units over the one-hot choices, as networks are encoded in LA-DARTS (arXiv:2001.06392). */
export function mlp(inputs: number, { members, hidden, layers }: NetworkSize): Network {
  const widths = [inputs, ...Array<number>(layers).fill(hidden), 1];
  return {
    members,
    inputs: [{ name: 'x', shape: [inputs] }],
    dropoutNoise: { draws: layers, rows: 1, units: hidden },
    parameters: widths.slice(1).flatMap((width, l) => linearParameters(`layer${l}`, widths[l], width)),
    forward(p: NamedTensorMap, { x }: NamedTensorMap, dropout: Dropout): Tensor {
      const batch = x.shape[0];
      let h = forEveryMember(members, tf.expandDims(x, 1));
      for (let l = 0; l < layers; l++) h = dropout(tf.relu(linear(p, `layer${l}`, h)));
      return tf.reshape(linear(p, `layer${layers}`, h), [members, batch]);
    },
  };
}

export const fitMlp = (task: FitTask): Promise<FittedModel> =>
  fitNetwork(
    {
      kind: 'mlp',
      encoding: slotsEncoding,
      defaults: { hidden: 128, layers: 2, members: 1, ...trainingDefaults },
      build: (size) => mlp(slotsEncoding.inputs(task.space)[0].shape[0], size),
    },
    task,
  );
