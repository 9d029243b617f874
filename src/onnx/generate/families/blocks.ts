import type { Activation, ConvolutionOptions, NetworkWriter, Value } from '../../write/network-writer.js';

/** Convolution, batch normalisation and, if given, an activation. */
export function convBn(
  net: NetworkWriter,
  x: Value,
  channels: number,
  options: ConvolutionOptions,
  activation?: Activation,
): Value {
  const y = net.batchNorm(net.convolution(x, channels, { ...options, bias: false }));
  return activation ? net.activation(y, activation) : y;
}

/** Scales each channel by a gate computed from all channels' means (Hu et al., arXiv:1709.01507). */
export function squeezeExcite(
  net: NetworkWriter,
  x: Value,
  reduced: number,
  activation: Activation = 'relu',
  gate: Activation = 'sigmoid',
): Value {
  const squeezed = net.activation(net.convolution(net.globalPool(x), reduced, { kernel: 1 }), activation);
  return net.mul(x, net.activation(net.convolution(squeezed, x.shape[1], { kernel: 1 }), gate));
}

export interface InvertedResidual {
  readonly channels: number;
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  readonly activation: Activation;
  /** Settings of the squeeze-and-excitation, if there is one. */
  readonly squeeze?: { readonly reduced: number; readonly activation: Activation; readonly gate: Activation };
}

/** Expansion, depthwise convolution, projection (Sandler et al., arXiv:1801.04381). */
export function invertedResidual(net: NetworkWriter, x: Value, block: InvertedResidual): Value {
  const { channels, expansion, kernel, stride, activation, squeeze } = block;
  const width = x.shape[1] * expansion;
  let y = expansion === 1 ? x : convBn(net, x, width, { kernel: 1 }, activation);
  y = convBn(net, y, width, { kernel, stride, groups: width }, activation);
  if (squeeze) y = squeezeExcite(net, y, squeeze.reduced, squeeze.activation, squeeze.gate);
  y = convBn(net, y, channels, { kernel: 1 });
  return stride === 1 && channels === x.shape[1] ? net.add(x, y) : y;
}

/** Global mean and a linear layer. */
export function classifier(net: NetworkWriter, x: Value, classes: number): void {
  net.output(net.linear(net.flatten(net.globalPool(x)), classes));
}

/**
 * Scaled dot-product attention with `heads` heads over a sequence `[batch, tokens, width]`.
 *
 * @param joint whether query, key and value come from a single linear layer
 * @param mask added to the scores; its shape must broadcast to `[batch, heads, tokens, tokens]`
 */
export function attention(
  net: NetworkWriter,
  x: Value,
  heads: number,
  { joint = false, mask }: { joint?: boolean; mask?: Value } = {},
): Value {
  const [batch, tokens, width] = x.shape;
  const size = width / heads;
  let query: Value;
  let key: Value;
  let value: Value;
  if (joint) {
    const all = net.reshape(net.linear(x, 3 * width), [batch, tokens, 3, heads, size]);
    const split = net.transpose(all, [2, 0, 3, 1, 4]);
    [query, key, value] = [0, 1, 2].map((i) => net.at(split, 0, i));
    key = net.transpose(key, [0, 1, 3, 2]);
  } else {
    const head = (permutation: readonly number[]) =>
      net.transpose(net.reshape(net.linear(x, width), [batch, tokens, heads, size]), permutation);
    query = head([0, 2, 1, 3]);
    key = head([0, 2, 3, 1]);
    value = head([0, 2, 1, 3]);
  }
  let scores = net.scale(net.matmul(query, key), 1 / Math.sqrt(size));
  if (mask) scores = net.add(scores, mask);
  const mixed = net.transpose(net.matmul(net.softmax(scores), value), [0, 2, 1, 3]);
  return net.linear(net.reshape(mixed, [batch, tokens, width]), width);
}

/** Two linear layers with an activation in between. */
export function feedForward(net: NetworkWriter, x: Value, hidden: number, activation: Activation): Value {
  return net.linear(net.activation(net.linear(x, hidden), activation), x.shape[x.shape.length - 1]);
}

/** Non-overlapping patches of an image as a sequence `[batch, tokens, width]`. */
export function patches(net: NetworkWriter, image: Value, patch: number, width: number): Value {
  const map = net.convolution(image, width, { kernel: patch, stride: patch, padding: 0 });
  const tokens = map.shape[2] * map.shape[3];
  return net.transpose(net.reshape(map, [map.shape[0], width, tokens]), [0, 2, 1]);
}
