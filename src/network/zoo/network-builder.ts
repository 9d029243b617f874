import { OperatorGraph } from '../graph.js';
import type { Elementwise, Operator, Padding, Pair, Pool, Shape } from '../operator.js';

export type ActivationKind = Elementwise['kind'];

export interface ConvolutionSettings {
  readonly stride?: number;
  readonly groups?: number;
  readonly dilation?: number;
  readonly bias?: boolean;
  /**
   * By default half the kernel. `same` pads as TensorFlow does: the output has `ceil(size / stride)` pixels,
   * and an odd pixel is added below and to the right.
   */
  readonly padding?: number | Padding | 'same';
}

export interface NormalisedOptions extends ConvolutionSettings {
  /** By default that of the builder; `none` omits the activation. */
  readonly activation?: ActivationKind | 'none';
  readonly norm?: Norm;
}

export interface SqueezeExciteOptions {
  /** Activation between the two layers. */
  readonly activation?: ActivationKind;
  readonly gate?: ActivationKind;
  readonly bias?: boolean;
}

export interface MlpOptions {
  readonly activation?: ActivationKind;
  readonly bias?: boolean;
  /** Features of the result; by default as many as the input has. */
  readonly out?: number;
}

type Norm = 'batchNorm' | 'none';

/**
 * Builds an image classifier as an operator graph; common combinations, such as a convolution with
 * normalisation and activation, or squeeze-excite, are one call each. Tensors are `[channels, height, width]`
 * or `[tokens, features]`, without the batch. Operators are named after the scopes in which they are added.
 */
export class NetworkBuilder {
  readonly graph = new OperatorGraph();
  private readonly scopes: string[] = [];
  private readonly taken = new Map<string, number>();

  /** @param activation after normalised convolutions */
  constructor(readonly activation: ActivationKind = 'relu') {}

  /** Adds `name` to the scopes that name the operators added by `write`. */
  scope<T>(name: string, write: () => T): T {
    this.scopes.push(name);
    const result = write();
    this.scopes.pop();
    return result;
  }

  /** The image `[3, size, size]`. */
  image(size: number): string {
    return this.graph.input([3, size, size], 'image');
  }

  shape(x: string): Shape {
    return this.graph.shape(x);
  }

  /** Channels of `[channels, height, width]`. */
  channels(x: string): number {
    return this.shape(x)[0];
  }

  add(operator: Operator, inputs: readonly string[], label: string = operator.kind): string {
    const path = [...this.scopes, label].join('.');
    const count = (this.taken.get(path) ?? 0) + 1;
    this.taken.set(path, count);
    return this.graph.add(operator, inputs, count === 1 ? path : `${path}_${count}`);
  }

  conv(x: string, outChannels: number, kernel: number | Pair, options: ConvolutionSettings = {}): string {
    const { stride = 1, groups = 1, dilation = 1, bias = false } = options;
    const sides: Pair = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    const padding = this.padding(x, sides, stride, dilation, options.padding);
    // PyTorch's convolutions pad opposite sides equally; other padding is a separate operator.
    const isEven = padding[0] === padding[2] && padding[1] === padding[3];
    const padded = isEven ? x : this.add({ kind: 'pad', padding }, [x]);
    return this.add(
      {
        kind: 'conv2d',
        outChannels,
        kernel: sides,
        stride: [stride, stride],
        padding: isEven ? padding : [0, 0, 0, 0],
        dilation: [dilation, dilation],
        groups,
        bias,
      },
      [padded],
      'conv',
    );
  }

  norm(x: string): string {
    return this.add({ kind: 'batchNorm' }, [x], 'norm');
  }

  act(x: string, activation: ActivationKind | 'none' = this.activation): string {
    return activation === 'none' ? x : this.add({ kind: activation }, [x]);
  }

  /** Convolution, batch normalisation, activation. */
  convNormAct(
    x: string,
    outChannels: number,
    kernel: number | Pair,
    options: NormalisedOptions = {},
  ): string {
    const convolved = this.conv(x, outChannels, kernel, options);
    return this.act(options.norm === 'none' ? convolved : this.norm(convolved), options.activation);
  }

  /** The same without activation. */
  convNorm(x: string, outChannels: number, kernel: number | Pair, options: NormalisedOptions = {}): string {
    return this.convNormAct(x, outChannels, kernel, { ...options, activation: 'none' });
  }

  /** A depth-wise convolution with normalisation and activation. */
  depthwise(x: string, kernel: number | Pair, options: NormalisedOptions = {}): string {
    const channels = this.channels(x);
    return this.convNormAct(x, channels, kernel, { groups: channels, ...options });
  }

  pool(
    kind: Pool['kind'],
    x: string,
    kernel: number,
    stride: number,
    padding: number | 'same' = 0,
    ceil = false,
  ): string {
    const sides: Pair = [kernel, kernel];
    return this.add(
      {
        kind,
        kernel: sides,
        stride: [stride, stride],
        padding: this.padding(x, sides, stride, 1, padding),
        ceil,
      },
      [x],
    );
  }

  plus(...tensors: readonly string[]): string {
    return this.add({ kind: 'add' }, tensors);
  }

  times(...tensors: readonly string[]): string {
    return this.add({ kind: 'mul' }, tensors);
  }

  concat(tensors: readonly string[], axis = 0): string {
    return tensors.length === 1 ? tensors[0] : this.add({ kind: 'concat', axis }, tensors);
  }

  /** Parts of the given sizes along one dimension. */
  split(x: string, sizes: readonly number[], axis = 0): string[] {
    let end = 0;
    return sizes.map((size) => {
      end += size;
      return this.add({ kind: 'slice', axis, start: end - size, end }, [x]);
    });
  }

  reshape(x: string, shape: Shape): string {
    return this.add({ kind: 'reshape', shape }, [x]);
  }

  transpose(x: string, permutation: readonly number[]): string {
    return this.add({ kind: 'transpose', permutation }, [x]);
  }

  /** A learned tensor; with `learned`, one gathered from that many learned values. */
  parameter(shape: Shape, label = 'parameter', learned?: number): string {
    return this.add({ kind: 'parameter', shape, ...(learned !== undefined && { learned }) }, [], label);
  }

  /** Multiplies by a learned number per feature (the last dimension), as in “layer scale”. */
  scaleFeatures(x: string): string {
    return this.times(x, this.parameter([this.shape(x).at(-1) as number], 'gamma'));
  }

  /** Multiplies by a learned number per channel (dimension 0 of an image). */
  scaleChannels(x: string): string {
    return this.times(x, this.parameter([this.channels(x), 1, 1], 'gamma'));
  }

  linear(x: string, outFeatures: number, bias = true): string {
    return this.add({ kind: 'linear', outFeatures, bias }, [x]);
  }

  layerNorm(x: string): string {
    return this.add({ kind: 'layerNorm', dimensions: 1 }, [x]);
  }

  /** Normalises an image over its channels at each pixel, with a learned scale and shift per channel. */
  layerNorm2d(x: string): string {
    return this.transpose(this.layerNorm(this.transpose(x, [1, 2, 0])), [2, 0, 1]);
  }

  /** Mean of each channel, `[channels, 1, 1]`. */
  globalAvgPool(x: string): string {
    return this.add({ kind: 'globalAvgPool' }, [x]);
  }

  /** Mean of each channel, `[channels]`. */
  meanFeatures(x: string): string {
    return this.add({ kind: 'flatten' }, [this.globalAvgPool(x)]);
  }

  /** Scales channels by a gate from their means (Hu et al., arXiv:1709.01507). */
  squeezeExcite(x: string, reduced: number, options: SqueezeExciteOptions = {}): string {
    const { activation = 'relu', gate = 'sigmoid', bias = true } = options;
    return this.scope('se', () => {
      const squeezed = this.act(this.conv(this.globalAvgPool(x), reduced, 1, { bias }), activation);
      return this.times(x, this.act(this.conv(squeezed, this.channels(x), 1, { bias }), gate));
    });
  }

  /** Scales channels by a gate from a convolution over their means (Wang et al., arXiv:1910.03151). */
  efficientChannelAttention(x: string): string {
    const channels = this.channels(x);
    const nearest = Math.trunc(Math.abs(Math.log2(channels) + 1) / 2);
    const kernel = Math.max(nearest % 2 === 1 ? nearest : nearest + 1, 3);
    return this.scope('eca', () => {
      const means = this.reshape(this.globalAvgPool(x), [1, 1, channels]);
      const side = (kernel - 1) / 2;
      const gate = this.conv(means, 1, [1, kernel], { padding: [0, side, 0, side] });
      return this.times(x, this.reshape(this.act(gate, 'sigmoid'), [channels, 1, 1]));
    });
  }

  /** `[channels, height, width]` → `[tokens, channels]`. */
  tokens(x: string): string {
    const [channels, height, width] = this.shape(x);
    return this.transpose(this.reshape(x, [channels, height * width]), [1, 0]);
  }

  /** `[tokens, channels]` → `[channels, height, width]`. */
  untokens(x: string, height: number, width: number): string {
    return this.reshape(this.transpose(x, [1, 0]), [this.shape(x)[1], height, width]);
  }

  /** Two linear layers with an activation in between. */
  mlp(
    x: string,
    hidden: number,
    { activation = 'gelu', bias = true, out = this.shape(x).at(-1) as number }: MlpOptions = {},
  ): string {
    return this.scope('mlp', () =>
      this.linear(this.act(this.linear(x, hidden, bias), activation), out, bias),
    );
  }

  /** Scores for ImageNet's 1,000 classes from the channel means. */
  classify(x: string): OperatorGraph {
    return this.scope('head', () => this.finish(this.linear(this.meanFeatures(x), 1000)));
  }

  /** Marks the result, and checks the graph. */
  finish(x: string): OperatorGraph {
    this.graph.output(x, 'logits');
    this.graph.validate();
    return this.graph;
  }

  private padding(
    x: string,
    kernel: Pair,
    stride: number,
    dilation: number,
    padding: ConvolutionSettings['padding'],
  ): Padding {
    if (typeof padding === 'number') return [padding, padding, padding, padding];
    if (padding !== undefined && padding !== 'same') return padding;
    const covered = kernel.map((side) => dilation * (side - 1) + 1);
    if (padding === undefined) {
      const [vertical, horizontal] = covered.map((side) => Math.floor((side - 1) / 2));
      return [vertical, horizontal, vertical, horizontal];
    }
    const [, height, width] = this.shape(x);
    const [vertical, horizontal] = [height, width].map((size, i) =>
      Math.max((Math.ceil(size / stride) - 1) * stride + covered[i] - size, 0),
    );
    const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
    return [top, left, vertical - top, horizontal - left];
  }
}
