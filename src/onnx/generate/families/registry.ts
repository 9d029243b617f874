import { bert } from './bert.js';
import { convnext } from './convnext.js';
import { deeplab } from './deeplab.js';
import { densenet } from './densenet.js';
import { efficientnet } from './efficientnet.js';
import type { NetworkFamily } from './family.js';
import { gptDecoders } from './gpt.js';
import { inception } from './inception.js';
import { mixer } from './mixer.js';
import { mobilenetV2 } from './mobilenet-v2.js';
import { mobilenetV3 } from './mobilenet-v3.js';
import { nasbench201Cells } from './nasbench201-cells.js';
import { regnet } from './regnet.js';
import { resnet } from './resnet.js';
import { rnn } from './rnn.js';
import { shufflenetV2 } from './shufflenet-v2.js';
import { squeezenet } from './squeezenet.js';
import { swin } from './swin.js';
import { tcn } from './tcn.js';
import { unet } from './unet.js';
import { vgg } from './vgg.js';
import { vit } from './vit.js';
import { yolo } from './yolo.js';

/** All families, by name. */
export const families: readonly NetworkFamily[] = [
  bert,
  convnext,
  deeplab,
  densenet,
  efficientnet,
  gptDecoders,
  inception,
  mixer,
  mobilenetV2,
  mobilenetV3,
  nasbench201Cells,
  regnet,
  resnet,
  rnn,
  shufflenetV2,
  squeezenet,
  swin,
  tcn,
  unet,
  vgg,
  vit,
  yolo,
];
