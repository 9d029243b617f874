import { InputError, quote } from '../../base/errors.js';
import type { OperatorGraph } from '../graph.js';
import { binaryCifar10 } from './families/binary-cifar10.js';
import * as cait from './families/cait.js';
import * as convnext from './families/convnext.js';
import * as cspnet from './families/cspnet.js';
import * as densenet from './families/densenet.js';
import * as dla from './families/dla.js';
import * as dpn from './families/dpn.js';
import * as efficientnet from './families/efficientnet.js';
import * as ghostnet from './families/ghostnet.js';
import { googlenet } from './families/googlenet.js';
import * as hgnet from './families/hgnet.js';
import * as hrnet from './families/hrnet.js';
import * as inception from './families/inception.js';
import * as inceptionNext from './families/inception-next.js';
import { lstm } from './families/lstm.js';
import * as mixer from './families/mixer.js';
import * as mnasnet from './families/mnasnet.js';
import * as mobilenet from './families/mobilenet.js';
import * as pit from './families/pit.js';
import * as poolformer from './families/poolformer.js';
import * as pvt from './families/pvt.js';
import * as regnet from './families/regnet.js';
import * as repvgg from './families/repvgg.js';
import * as res2net from './families/res2net.js';
import * as resnest from './families/resnest.js';
import * as resnet from './families/resnet.js';
import * as resnetV2 from './families/resnet-v2.js';
import * as rexnet from './families/rexnet.js';
import * as selecsls from './families/selecsls.js';
import * as sknet from './families/sknet.js';
import * as swin from './families/swin.js';
import * as vgg from './families/vgg.js';
import * as vit from './families/vit.js';
import * as vovnet from './families/vovnet.js';
import * as xception from './families/xception.js';
import type { PublishedFamily, PublishedNetwork } from './published.js';

export type { PublishedFamily, PublishedNetwork } from './published.js';

/** Networks used to compare accelerators that timm does not have. */
const others: readonly PublishedFamily[] = [
  {
    name: 'GoogLeNet',
    kin: 'googlenet',
    source: 'Szegedy et al., CVPR 2015',
    networks: { googlenet: { imageSize: 224, build: googlenet } },
  },
  {
    name: 'LSTM',
    kin: 'lstm',
    source: 'Hochreiter & Schmidhuber, 1997',
    networks: { lstm512: { build: () => lstm({ inputs: 512, hidden: 512, steps: 16 }) } },
  },
  {
    name: 'BinaryNet',
    kin: 'binary',
    source: 'Courbariaux et al., arXiv:1602.02830',
    networks: { binary_cifar10: { build: () => binaryCifar10() } },
  },
];

/** Families by the file that exports them; the families of one file are kin. */
const modules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  resnet,
  res2net,
  regnet,
  vgg,
  densenet,
  inception,
  xception,
  repvgg,
  vovnet,
  dla,
  dpn,
  cspnet,
  hgnet,
  hrnet,
  selecsls,
  ghostnet,
  mobilenet,
  mnasnet,
  efficientnet,
  convnext,
  inceptionNext,
  poolformer,
  vit,
  cait,
  pit,
  swin,
  mixer,
  resnest,
  pvt,
  rexnet,
  resnetV2,
  sknet,
};

export const publishedFamilies: readonly PublishedFamily[] = [
  ...others,
  ...Object.entries(modules).flatMap(([kin, module]) =>
    Object.values(module)
      .filter(isFamily)
      .map((family) => ({ ...family, kin })),
  ),
];

/** Published networks by name. */
export const zoo: Readonly<Record<string, PublishedNetwork>> = Object.assign(
  {},
  ...publishedFamilies.map(({ networks }) => networks),
);

/**
 * The graph of a published network.
 *
 * @param imageSize height and width of its images in pixels; by default those that it was published for
 * @throws InputError if there is no such network, or it does not take such images
 */
export function publishedNetwork(name: string, imageSize?: number): OperatorGraph {
  const network = Object.hasOwn(zoo, name) ? zoo[name] : undefined;
  if (network === undefined) {
    const near = Object.keys(zoo)
      .map((other) => ({ other, shared: sharedStart(name, other) }))
      .filter(({ shared }) => shared >= 3)
      .sort((a, b) => b.shared - a.shared)
      .map(({ other }) => other);
    const hint = near.length === 0 ? '' : `; near it are ${near.slice(0, 5).join(', ')}`;
    throw new InputError(`there is no published network named ${quote(name)}${hint}`);
  }
  if (imageSize !== undefined && network.imageSize === undefined) {
    throw new InputError(`the network ${quote(name)} does not take images of another size`);
  }
  return network.build(imageSize);
}

/** Length of the common beginning of two names. */
function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function isFamily(value: unknown): value is Omit<PublishedFamily, 'kin'> {
  return typeof value === 'object' && value !== null && 'networks' in value;
}
