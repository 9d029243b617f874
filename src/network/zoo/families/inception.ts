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

/** Convolutions one behind the other. */
function chain(builder: NetworkBuilder, x: string, ...steps: readonly Step[]): string {
  return steps.reduce(
    (y, [channels, kernel, stride = 1, padding]) =>
      builder.convNormAct(y, channels, kernel, { stride, padding }),
    x,
  );
}

const averaged = (builder: NetworkBuilder, x: string) => builder.pool('avgPool', x, 3, 1, 1);
const halved = (builder: NetworkBuilder, x: string) => builder.pool('maxPool', x, 3, 2);

function v3(builder: NetworkBuilder, image: string): string {
  const c = (x: string, ...steps: readonly Step[]) => chain(builder, x, ...steps);
  let x = c(image, [32, 3, 2, 0], [32, 3, 1, 0], [64, 3]);
  x = halved(builder, c(halved(builder, x), [80, 1], [192, 3, 1, 0]));
  for (const [i, pooled] of [32, 64, 64].entries()) {
    x = builder.scope(`mixed5${'bcd'[i]}`, () =>
      builder.concat([
        c(x, [64, 1]),
        c(x, [48, 1], [64, 5]),
        c(x, [64, 1], [96, 3], [96, 3]),
        c(averaged(builder, x), [pooled, 1]),
      ]),
    );
  }
  x = builder.scope('mixed6a', () =>
    builder.concat([c(x, [384, 3, 2, 0]), c(x, [64, 1], [96, 3], [96, 3, 2, 0]), halved(builder, x)]),
  );
  for (const [i, w] of [128, 160, 160, 192].entries()) {
    x = builder.scope(`mixed6${'bcde'[i]}`, () =>
      builder.concat([
        c(x, [192, 1]),
        c(x, [w, 1], [w, [1, 7]], [192, [7, 1]]),
        c(x, [w, 1], [w, [7, 1]], [w, [1, 7]], [w, [7, 1]], [192, [1, 7]]),
        c(averaged(builder, x), [192, 1]),
      ]),
    );
  }
  x = builder.scope('mixed7a', () =>
    builder.concat([
      c(x, [192, 1], [320, 3, 2, 0]),
      c(x, [192, 1], [192, [1, 7]], [192, [7, 1]], [192, 3, 2, 0]),
      halved(builder, x),
    ]),
  );
  for (const letter of 'bc') {
    x = builder.scope(`mixed7${letter}`, () => {
      const wide = c(x, [384, 1]);
      const deep = c(x, [448, 1], [384, 3]);
      return builder.concat([
        c(x, [320, 1]),
        c(wide, [384, [1, 3]]),
        c(wide, [384, [3, 1]]),
        c(deep, [384, [1, 3]]),
        c(deep, [384, [3, 1]]),
        c(averaged(builder, x), [192, 1]),
      ]);
    });
  }
  return x;
}

function v4(builder: NetworkBuilder, image: string): string {
  const c = (x: string, ...steps: readonly Step[]) => chain(builder, x, ...steps);
  let x = c(image, [32, 3, 2, 0], [32, 3, 1, 0], [64, 3]);
  x = builder.concat([halved(builder, x), c(x, [96, 3, 2, 0])]);
  x = builder.concat([
    c(x, [64, 1], [96, 3, 1, 0]),
    c(x, [64, 1], [64, [1, 7]], [64, [7, 1]], [96, 3, 1, 0]),
  ]);
  x = builder.concat([c(x, [192, 3, 2, 0]), halved(builder, x)]);
  for (let i = 1; i <= 4; i++) {
    x = builder.scope(`a${i}`, () =>
      builder.concat([
        c(x, [96, 1]),
        c(x, [64, 1], [96, 3]),
        c(x, [64, 1], [96, 3], [96, 3]),
        c(averaged(builder, x), [96, 1]),
      ]),
    );
  }
  x = builder.concat([c(x, [384, 3, 2, 0]), c(x, [192, 1], [224, 3], [256, 3, 2, 0]), halved(builder, x)]);
  for (let i = 1; i <= 7; i++) {
    x = builder.scope(`b${i}`, () =>
      builder.concat([
        c(x, [384, 1]),
        c(x, [192, 1], [224, [1, 7]], [256, [7, 1]]),
        c(x, [192, 1], [192, [7, 1]], [224, [1, 7]], [224, [7, 1]], [256, [1, 7]]),
        c(averaged(builder, x), [128, 1]),
      ]),
    );
  }
  x = builder.concat([
    c(x, [192, 1], [192, 3, 2, 0]),
    c(x, [256, 1], [256, [1, 7]], [320, [7, 1]], [320, 3, 2, 0]),
    halved(builder, x),
  ]);
  for (let i = 1; i <= 3; i++) {
    x = builder.scope(`c${i}`, () => {
      const wide = c(x, [384, 1]);
      const deep = c(x, [384, 1], [448, [3, 1]], [512, [1, 3]]);
      return builder.concat([
        c(x, [256, 1]),
        c(wide, [256, [1, 3]]),
        c(wide, [256, [3, 1]]),
        c(deep, [256, [1, 3]]),
        c(deep, [256, [3, 1]]),
        c(averaged(builder, x), [256, 1]),
      ]);
    });
  }
  return x;
}

function resnetV2(builder: NetworkBuilder, image: string): string {
  const c = (x: string, ...steps: readonly Step[]) => chain(builder, x, ...steps);
  /** Branches, projected to the input's channels and added to it. */
  const residual = (x: string, branches: (x: string) => readonly string[], activated = true) => {
    const projected = builder.conv(builder.concat(branches(x)), builder.channels(x), 1, { bias: true });
    const sum = builder.plus(x, projected);
    return activated ? builder.act(sum) : sum;
  };
  let x = halved(builder, c(image, [32, 3, 2, 0], [32, 3, 1, 0], [64, 3]));
  x = halved(builder, c(x, [80, 1], [192, 3, 1, 0]));
  x = builder.scope('mixed5b', () =>
    builder.concat([
      c(x, [96, 1]),
      c(x, [48, 1], [64, 5]),
      c(x, [64, 1], [96, 3], [96, 3]),
      c(averaged(builder, x), [64, 1]),
    ]),
  );
  for (let i = 1; i <= 10; i++) {
    x = builder.scope(`block35_${i}`, () =>
      residual(x, (y) => [c(y, [32, 1]), c(y, [32, 1], [32, 3]), c(y, [32, 1], [48, 3], [64, 3])]),
    );
  }
  x = builder.concat([c(x, [384, 3, 2, 0]), c(x, [256, 1], [256, 3], [384, 3, 2, 0]), halved(builder, x)]);
  for (let i = 1; i <= 20; i++) {
    x = builder.scope(`block17_${i}`, () =>
      residual(x, (y) => [c(y, [192, 1]), c(y, [128, 1], [160, [1, 7]], [192, [7, 1]])]),
    );
  }
  x = builder.concat([
    c(x, [256, 1], [384, 3, 2, 0]),
    c(x, [256, 1], [288, 3, 2, 0]),
    c(x, [256, 1], [288, 3], [320, 3, 2, 0]),
    halved(builder, x),
  ]);
  for (let i = 1; i <= 10; i++) {
    x = builder.scope(`block8_${i}`, () =>
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
