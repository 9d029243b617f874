import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface InceptionConfiguration {
  readonly build: (builder: NetworkBuilder, image: string) => string;
  readonly imageSize: number;
}

function inception({ build }: InceptionConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  return builder.classify(build(builder, builder.image(imageSize)));
}

type Kernel = number | readonly [number, number];
/** Channels, kernel, stride, padding (by default half the kernel). */
type Step = readonly [channels: number, kernel: Kernel, stride?: number, padding?: number];

/** The building blocks of modules. They take and return names of tensors. */
interface Parts {
  /** Consecutive convolutions. */
  c(x: string, ...steps: readonly Step[]): string;
  averaged(x: string): string;
  halved(x: string): string;
  /** Concatenated branches. */
  concat(branches: readonly string[]): string;
  scope(name: string, write: () => string): string;
}

type Module = (parts: Parts, x: string) => string;

function partsOf(builder: NetworkBuilder): Parts {
  return {
    c: (x, ...steps) =>
      steps.reduce(
        (y, [channels, kernel, stride = 1, padding]) =>
          builder.convNormAct(y, channels, kernel, { stride, padding }),
        x,
      ),
    averaged: (x) => builder.pool('avgPool', x, 3, 1, 1),
    halved: (x) => builder.pool('maxPool', x, 3, 2),
    concat: (branches) => builder.concat(branches),
    scope: (name, write) => builder.scope(name, write),
  };
}

/** The first layers of v3 and of Inception-ResNet. */
const stem: Module = ({ c, halved }, image) => {
  const x = halved(c(image, [32, 3, 2, 0], [32, 3, 1, 0], [64, 3]));
  return halved(c(x, [80, 1], [192, 3, 1, 0]));
};

/**
 * Modules on maps of 35 × 35.
 *
 * @param own channels of the single-convolution branch
 * @param pooled channels of the pooling branch
 */
const mixed5 =
  (own: number, pooled: number): Module =>
  ({ c, averaged, concat }, x) =>
    concat([
      c(x, [own, 1]),
      c(x, [48, 1], [64, 5]),
      c(x, [64, 1], [96, 3], [96, 3]),
      c(averaged(x), [pooled, 1]),
    ]);

const mixed6 =
  (width: number): Module =>
  ({ c, averaged, concat }, x) =>
    concat([
      c(x, [192, 1]),
      c(x, [width, 1], [width, [1, 7]], [192, [7, 1]]),
      c(x, [width, 1], [width, [7, 1]], [width, [1, 7]], [width, [7, 1]], [192, [1, 7]]),
      c(averaged(x), [192, 1]),
    ]);

const mixed7: Module = ({ c, averaged, concat }, x) => {
  const wide = c(x, [384, 1]);
  const deep = c(x, [448, 1], [384, 3]);
  return concat([
    c(x, [320, 1]),
    c(wide, [384, [1, 3]]),
    c(wide, [384, [3, 1]]),
    c(deep, [384, [1, 3]]),
    c(deep, [384, [3, 1]]),
    c(averaged(x), [192, 1]),
  ]);
};

function v3(builder: NetworkBuilder, image: string): string {
  const parts = partsOf(builder);
  const { c, halved, concat, scope } = parts;
  let x = stem(parts, image);
  for (const [i, pooled] of [32, 64, 64].entries()) {
    x = scope(`mixed5${'bcd'[i]}`, () => mixed5(64, pooled)(parts, x));
  }
  x = scope('mixed6a', () =>
    concat([c(x, [384, 3, 2, 0]), c(x, [64, 1], [96, 3], [96, 3, 2, 0]), halved(x)]),
  );
  for (const [i, width] of [128, 160, 160, 192].entries()) {
    x = scope(`mixed6${'bcde'[i]}`, () => mixed6(width)(parts, x));
  }
  x = scope('mixed7a', () =>
    concat([
      c(x, [192, 1], [320, 3, 2, 0]),
      c(x, [192, 1], [192, [1, 7]], [192, [7, 1]], [192, 3, 2, 0]),
      halved(x),
    ]),
  );
  for (const letter of 'bc') x = scope(`mixed7${letter}`, () => mixed7(parts, x));
  return x;
}

const stemV4: Module = ({ c, halved, concat }, image) => {
  let x = c(image, [32, 3, 2, 0], [32, 3, 1, 0], [64, 3]);
  x = concat([halved(x), c(x, [96, 3, 2, 0])]);
  x = concat([c(x, [64, 1], [96, 3, 1, 0]), c(x, [64, 1], [64, [1, 7]], [64, [7, 1]], [96, 3, 1, 0])]);
  return concat([c(x, [192, 3, 2, 0]), halved(x)]);
};

const inceptionA: Module = ({ c, averaged, concat }, x) =>
  concat([c(x, [96, 1]), c(x, [64, 1], [96, 3]), c(x, [64, 1], [96, 3], [96, 3]), c(averaged(x), [96, 1])]);

const inceptionB: Module = ({ c, averaged, concat }, x) =>
  concat([
    c(x, [384, 1]),
    c(x, [192, 1], [224, [1, 7]], [256, [7, 1]]),
    c(x, [192, 1], [192, [7, 1]], [224, [1, 7]], [224, [7, 1]], [256, [1, 7]]),
    c(averaged(x), [128, 1]),
  ]);

const inceptionC: Module = ({ c, averaged, concat }, x) => {
  const wide = c(x, [384, 1]);
  const deep = c(x, [384, 1], [448, [3, 1]], [512, [1, 3]]);
  return concat([
    c(x, [256, 1]),
    c(wide, [256, [1, 3]]),
    c(wide, [256, [3, 1]]),
    c(deep, [256, [1, 3]]),
    c(deep, [256, [3, 1]]),
    c(averaged(x), [256, 1]),
  ]);
};

function v4(builder: NetworkBuilder, image: string): string {
  const parts = partsOf(builder);
  const { c, halved, concat, scope } = parts;
  let x = stemV4(parts, image);
  for (let i = 1; i <= 4; i++) x = scope(`a${i}`, () => inceptionA(parts, x));
  x = concat([c(x, [384, 3, 2, 0]), c(x, [192, 1], [224, 3], [256, 3, 2, 0]), halved(x)]);
  for (let i = 1; i <= 7; i++) x = scope(`b${i}`, () => inceptionB(parts, x));
  x = concat([
    c(x, [192, 1], [192, 3, 2, 0]),
    c(x, [256, 1], [256, [1, 7]], [320, [7, 1]], [320, 3, 2, 0]),
    halved(x),
  ]);
  for (let i = 1; i <= 3; i++) x = scope(`c${i}`, () => inceptionC(parts, x));
  return x;
}

function resnetV2(builder: NetworkBuilder, image: string): string {
  const parts = partsOf(builder);
  const { c, halved, concat, scope } = parts;
  /** Branches that are projected to the input's channels and added to the input. */
  const residual = (x: string, branches: (x: string) => readonly string[], activated = true) => {
    const projected = builder.conv(concat(branches(x)), builder.channels(x), 1, { bias: true });
    const sum = builder.plus(x, projected);
    return activated ? builder.act(sum) : sum;
  };
  let x = stem(parts, image);
  x = scope('mixed5b', () => mixed5(96, 64)(parts, x));
  for (let i = 1; i <= 10; i++) {
    x = scope(`block35_${i}`, () =>
      residual(x, (y) => [c(y, [32, 1]), c(y, [32, 1], [32, 3]), c(y, [32, 1], [48, 3], [64, 3])]),
    );
  }
  x = concat([c(x, [384, 3, 2, 0]), c(x, [256, 1], [256, 3], [384, 3, 2, 0]), halved(x)]);
  for (let i = 1; i <= 20; i++) {
    x = scope(`block17_${i}`, () =>
      residual(x, (y) => [c(y, [192, 1]), c(y, [128, 1], [160, [1, 7]], [192, [7, 1]])]),
    );
  }
  x = concat([
    c(x, [256, 1], [384, 3, 2, 0]),
    c(x, [256, 1], [288, 3, 2, 0]),
    c(x, [256, 1], [288, 3], [320, 3, 2, 0]),
    halved(x),
  ]);
  for (let i = 1; i <= 10; i++) {
    x = scope(`block8_${i}`, () =>
      residual(x, (y) => [c(y, [192, 1]), c(y, [192, 1], [224, [1, 3]], [256, [3, 1]])], i < 10),
    );
  }
  return c(x, [1536, 1]);
}

export const inceptions = family<InceptionConfiguration>(
  'Inception',
  'arXiv:1512.00567; arXiv:1602.07261',
  inception,
  {
    inception_v3: { build: v3, imageSize: 299 },
    inception_v4: { build: v4, imageSize: 299 },
    inception_resnet_v2: { build: resnetV2, imageSize: 299 },
  },
);
