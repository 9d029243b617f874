import type { OperatorGraph } from '../../graph.js';
import { makeDivisible, roundHalfEven } from '../channel-rounding.js';
import { type ActivationKind, NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';
import { shortcut } from './resnet.js';

/** Block widths lie on a line and are quantised (Radosavovic et al., arXiv:2003.13678, section 3.3). */
interface RegNetConfiguration {
  readonly depth: number;
  readonly initialWidth: number;
  readonly slope: number;
  readonly multiplier: number;
  readonly groupWidth: number;
  /** Squeeze-excite (RegNetY) with a width of a quarter of the block's input channels. */
  readonly squeezeExcite?: boolean;
  /** Ratio of inner to outer width (RegNetZ: 4). */
  readonly expansion?: number;
  /** RegNetZ: no projection in the shortcut, no activation after the sum. */
  readonly linearOut?: boolean;
  /** Channels of a 1×1 convolution after the last stage. */
  readonly features?: number;
  /** Whether rounding to a multiple of the group width may remove at most 10 % (torchvision's variants). */
  readonly atLeast90?: boolean;
  readonly activation?: ActivationKind;
  readonly imageSize?: number;
}

function regnet(configuration: RegNetConfiguration, imageSize: number): OperatorGraph {
  const { squeezeExcite, linearOut = false, expansion = 1, features, activation = 'relu' } = configuration;
  const builder = new NetworkBuilder(activation);
  let x = builder.scope('stem', () => builder.convNormAct(builder.image(imageSize), 32, 3, { stride: 2 }));
  for (const [stage, { width, depth, groupWidth }] of stages(configuration).entries()) {
    for (let block = 0; block < depth; block++) {
      x = builder.scope(`stage${stage + 1}.block${block + 1}`, () => {
        const inner = Math.round(width * expansion);
        const stride = block === 0 ? 2 : 1;
        let y = builder.convNormAct(x, inner, 1);
        y = builder.convNormAct(y, inner, 3, { stride, groups: inner / groupWidth });
        if (squeezeExcite) y = builder.squeezeExcite(y, Math.round(builder.channels(x) / 4), { activation });
        y = builder.convNorm(y, width, 1);
        if (!linearOut) return builder.act(builder.plus(y, shortcut(builder, x, width, stride, false)));
        return stride === 1 && builder.channels(x) === width ? builder.plus(y, x) : y;
      });
    }
  }
  if (features !== undefined) x = builder.convNormAct(x, features, 1);
  return builder.classify(x);
}

/** Width, number of blocks and group width of each stage. */
function stages(configuration: RegNetConfiguration) {
  const { depth, initialWidth, slope, multiplier, expansion = 1 } = configuration;
  const counts = new Map<number, number>();
  for (let block = 0; block < depth; block++) {
    const continuous = initialWidth + slope * block;
    const exponent = roundHalfEven(Math.log(continuous / initialWidth) / Math.log(multiplier));
    const width = roundHalfEven((initialWidth * multiplier ** exponent) / 8) * 8;
    counts.set(width, (counts.get(width) ?? 0) + 1);
  }
  return [...counts].map(([width, depth]) => {
    const groupWidth = Math.min(configuration.groupWidth, Math.trunc(width * expansion));
    const asked = Math.trunc(width * expansion);
    const inner = configuration.atLeast90
      ? makeDivisible(asked, groupWidth)
      : roundHalfEven(asked / groupWidth) * groupWidth;
    return { width: Math.trunc(inner / expansion), depth, groupWidth };
  });
}

type Row = readonly [w0: number, slope: number, multiplier: number, groupWidth: number, depth: number];
const line = ([initialWidth, slope, multiplier, groupWidth, depth]: Row) => ({
  initialWidth,
  slope,
  multiplier,
  groupWidth,
  depth,
});
const y = (...row: Row) => ({ ...line(row), squeezeExcite: true });
const z = (...row: Row) => ({ ...y(...row), expansion: 4, linearOut: true, activation: 'swish' }) as const;
const x = (...row: Row) => line(row);

export const regnetX = family<RegNetConfiguration>(
  'RegNetX',
  'Radosavovic et al., arXiv:2003.13678',
  regnet,
  {
    regnetx_002: x(24, 36.44, 2.49, 8, 13),
    regnetx_004: x(24, 24.48, 2.54, 16, 22),
    regnetx_004_tv: { ...x(24, 24.48, 2.54, 16, 22), atLeast90: true },
    regnetx_006: x(48, 36.97, 2.24, 24, 16),
    regnetx_008: x(56, 35.73, 2.28, 16, 16),
    regnetx_016: x(80, 34.01, 2.25, 24, 18),
    regnetx_032: x(88, 26.31, 2.25, 48, 25),
    regnetx_040: x(96, 38.65, 2.43, 40, 23),
    regnetx_064: x(184, 60.83, 2.07, 56, 17),
    regnetx_080: x(80, 49.56, 2.88, 120, 23),
    regnetx_120: x(168, 73.36, 2.37, 112, 19),
    regnetx_160: x(216, 55.59, 2.1, 128, 22),
    regnetx_320: x(320, 69.86, 2.0, 168, 23),
  },
);

export const regnetY = family<RegNetConfiguration>(
  'RegNetY',
  'Radosavovic et al., arXiv:2003.13678',
  regnet,
  {
    regnety_002: y(24, 36.44, 2.49, 8, 13),
    regnety_004: y(48, 27.89, 2.09, 8, 16),
    regnety_006: y(48, 32.54, 2.32, 16, 15),
    regnety_008: y(56, 38.84, 2.4, 16, 14),
    regnety_008_tv: { ...y(56, 38.84, 2.4, 16, 14), atLeast90: true },
    regnety_016: y(48, 20.71, 2.65, 24, 27),
    regnety_032: y(80, 42.63, 2.66, 24, 21),
    regnety_040: y(96, 31.41, 2.24, 64, 22),
    regnety_064: y(112, 33.22, 2.27, 72, 25),
    regnety_080: y(192, 76.82, 2.19, 56, 17),
    regnety_080_tv: { ...y(192, 76.82, 2.19, 56, 17), atLeast90: true },
    regnety_120: y(168, 73.36, 2.37, 112, 19),
    regnety_160: y(200, 106.23, 2.48, 112, 18),
    regnety_320: y(232, 115.89, 2.53, 232, 20),
    regnety_640: y(352, 147.48, 2.4, 328, 20),
    regnety_1280: y(456, 160.83, 2.52, 264, 27),
  },
);

export const regnetZ = family<RegNetConfiguration>('RegNetZ', 'Dollár et al., arXiv:2103.06877', regnet, {
  regnetz_005: { ...z(16, 10.7, 2.51, 4, 21), features: 1024 },
  regnetz_040: { ...z(48, 14.5, 2.226, 8, 28), imageSize: 256 },
  regnetz_040_h: { ...z(48, 14.5, 2.226, 8, 28), features: 1536, imageSize: 256 },
});
