import type { OperatorGraph } from '../../graph.js';
import { makeDivisible } from '../channel-rounding.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';
import { shortcut } from './resnet.js';

interface SkNetConfiguration {
  readonly layers: readonly number[];
  readonly basic?: boolean;
  readonly groups?: number;
  readonly groupWidth?: number;
  /** Share of the channels that the attention keeps, and the divisor of the result. */
  readonly reduction: number;
  readonly divisor: number;
  /** Whether each branch takes one half of the channels. */
  readonly splits: boolean;
}

function sknet(configuration: SkNetConfiguration, imageSize: number): OperatorGraph {
  const { layers, basic = false, groups = 1, groupWidth = 64 } = configuration;
  const builder = new NetworkBuilder('relu');
  let x = builder.convNormAct(builder.image(imageSize), 64, 7, { stride: 2 });
  x = builder.pool('maxPool', x, 3, 2, 1);
  for (const [stage, blocks] of layers.entries()) {
    const planes = 64 * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = builder.scope(`stage${stage + 1}.block${block + 1}`, () => {
        const out = basic ? planes : 4 * planes;
        let y: string;
        if (basic)
          y = builder.convNorm(selectiveKernel(builder, x, planes, stride, 1, configuration), planes, 3);
        else {
          const width = Math.floor(planes * (groupWidth / 64)) * groups;
          y = selectiveKernel(
            builder,
            builder.convNormAct(x, width, 1),
            width,
            stride,
            groups,
            configuration,
          );
          y = builder.convNorm(y, out, 1);
        }
        return builder.act(builder.plus(y, shortcut(builder, x, out, stride, false)));
      });
    }
  }
  return builder.classify(x);
}

/** A 3×3 convolution and a dilated one, weighted per channel by a softmax over the two (Li et al., 2019). */
function selectiveKernel(
  builder: NetworkBuilder,
  x: string,
  channels: number,
  stride: number,
  groups: number,
  { reduction, divisor, splits }: SkNetConfiguration,
): string {
  const half = builder.channels(x) / 2;
  const inputs = splits ? builder.split(x, [half, half]) : [x, x];
  const shared = Math.min(channels, groups);
  const branches = inputs.map((input, i) =>
    builder.convNormAct(input, channels, 3, { stride, dilation: i + 1, groups: shared }),
  );
  const reduced = makeDivisible(channels * reduction, divisor);
  const squeezed = builder.convNormAct(builder.globalAvgPool(builder.plus(...branches)), reduced, 1);
  const scores = builder.reshape(builder.conv(squeezed, 2 * channels, 1), [2, channels]);
  const weights = builder.split(builder.add({ kind: 'softmax', axis: 0 }, [scores]), [1, 1]);
  const weighted = branches.map((branch, i) =>
    builder.times(branch, builder.reshape(weights[i], [channels, 1, 1])),
  );
  return builder.plus(...weighted);
}

const SMALL = { reduction: 1 / 8, divisor: 16, splits: true };

export const sknets = family<SkNetConfiguration>('SKNet', 'Li et al., arXiv:1903.06586', sknet, {
  skresnet18: { layers: [2, 2, 2, 2], basic: true, ...SMALL },
  skresnet34: { layers: [3, 4, 6, 3], basic: true, ...SMALL },
  skresnet50: { layers: [3, 4, 6, 3], reduction: 1 / 16, divisor: 8, splits: true },
  skresnext50_32x4d: {
    layers: [3, 4, 6, 3],
    groups: 32,
    groupWidth: 4,
    reduction: 1 / 16,
    divisor: 32,
    splits: false,
  },
});
