import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { convBn } from './blocks.js';
import type { NetworkFamily } from './family.js';

/**
 * One-stage detectors: cross-stage partial blocks, fast pyramid pooling, and a neck over three resolutions
 * (Ultralytics YOLOv5).
 */
export const yolo: NetworkFamily = {
  name: 'yolo',
  write(net, draw) {
    const size = draw.pick([128, 160, 192, 224, 256, 320]);
    const width = draw.pick([8, 12, 16, 24]);
    const depth = draw.integer(1, 2);
    const classes = draw.pick([1, 20, 80]);
    const down = (x: Value, channels: number) => convBn(net, x, channels, { kernel: 3, stride: 2 }, 'swish');
    const up = (x: Value) => net.resize(x, [2 * x.shape[2], 2 * x.shape[3]], 'nearest');
    const image = net.input([1, 3, size, size]);
    const stem = convBn(net, image, width, { kernel: 6, stride: 2, padding: 2 }, 'swish');
    const p2 = partial(net, down(stem, 2 * width), 2 * width, depth, true);
    const p3 = partial(net, down(p2, 4 * width), 4 * width, depth, true);
    const p4 = partial(net, down(p3, 8 * width), 8 * width, depth, true);
    const p5 = pyramid(net, partial(net, down(p4, 16 * width), 16 * width, depth, true));
    const top = convBn(net, p5, 8 * width, { kernel: 1 }, 'swish');
    const middle = partial(net, net.concat([up(top), p4], 1), 8 * width, depth, false);
    const lateral = convBn(net, middle, 4 * width, { kernel: 1 }, 'swish');
    const n3 = partial(net, net.concat([up(lateral), p3], 1), 4 * width, depth, false);
    const n4 = partial(net, net.concat([down(n3, 4 * width), lateral], 1), 8 * width, depth, false);
    const n5 = partial(net, net.concat([down(n4, 8 * width), top], 1), 16 * width, depth, false);
    for (const [i, map] of [n3, n4, n5].entries()) {
      const scores = net.convolution(map, 3 * (5 + classes), { kernel: 1 });
      const [batch, , height, wide] = scores.shape;
      const anchors = net.reshape(scores, [batch, 3, 5 + classes, height, wide]);
      net.output(net.activation(net.transpose(anchors, [0, 1, 3, 4, 2]), 'sigmoid'), `boxes_${i}`);
    }
  },
};

function partial(net: NetworkWriter, x: Value, channels: number, depth: number, residual: boolean): Value {
  const half = channels / 2;
  let worked = convBn(net, x, half, { kernel: 1 }, 'swish');
  const kept = convBn(net, x, half, { kernel: 1 }, 'swish');
  for (let i = 0; i < depth; i++) {
    const y = convBn(net, convBn(net, worked, half, { kernel: 1 }, 'swish'), half, { kernel: 3 }, 'swish');
    worked = residual ? net.add(worked, y) : y;
  }
  return convBn(net, net.concat([worked, kept], 1), channels, { kernel: 1 }, 'swish');
}

function pyramid(net: NetworkWriter, x: Value): Value {
  const channels = x.shape[1];
  const maps = [convBn(net, x, channels / 2, { kernel: 1 }, 'swish')];
  for (let i = 0; i < 3; i++) maps.push(net.pool(maps[i], 'MaxPool', { kernel: 5 }));
  return convBn(net, net.concat(maps, 1), channels, { kernel: 1 }, 'swish');
}
