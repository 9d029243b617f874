import type { OperatorGraph } from '../graph.js';
import { binaryCifar10 } from './binary-cifar10.js';
import { googlenet } from './googlenet.js';
import { lstm } from './lstm.js';
import { resnet } from './resnet.js';

/** Published networks by name, that accelerators are compared on. */
export const zoo: Readonly<Record<string, () => OperatorGraph>> = {
  googlenet,
  resnet50: () => resnet(50),
  resnet101: () => resnet(101),
  resnet152: () => resnet(152),
  lstm512: () => lstm({ inputs: 512, hidden: 512, steps: 16 }),
  binary_cifar10: binaryCifar10,
};
