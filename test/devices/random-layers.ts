import type { Random } from '../../src/base/random.js';
import { engineWith, type TileEngine } from '../../src/devices/fnas/tiles.js';
import type { Layer, LayerShape } from '../../src/devices/lowering/layer.js';

/** Two to six layers, some of them grouped, strided or with two sources, on engines with random tiles. */
export function randomPipeline(random: Random): { layers: Layer[]; engines: TileEngine[] } {
  const size = 4 + random.integer(9);
  let extent = size;
  const layers: Layer[] = [];
  const engines: TileEngine[] = [];
  const count = 2 + random.integer(5);
  for (let i = 0; i < count; i++) {
    const channels = i === 0 ? 3 : layers[i - 1].shape.outChannels;
    const depthwise = i > 0 && random.integer(5) === 0;
    const outChannels = depthwise ? channels : 1 + random.integer(12);
    const kernel = [1, 3, 5][random.integer(3)];
    const stride = extent > 4 && random.integer(4) === 0 ? 2 : 1;
    extent = Math.ceil(extent / stride);
    const shape: LayerShape = {
      kind: 'convolution',
      inChannels: depthwise ? 1 : channels,
      outChannels,
      groups: depthwise ? channels : 1,
      outHeight: extent,
      outWidth: extent,
      kernelHeight: kernel,
      kernelWidth: kernel,
      spanHeight: kernel,
      spanWidth: kernel,
      strideHeight: stride,
      strideWidth: stride,
      padTop: (kernel - 1) / 2,
      padLeft: (kernel - 1) / 2,
    };
    const inputs = i === 0 ? [] : [{ layer: i - 1, whole: random.integer(8) === 0 }];
    const skipped = i - 2;
    if (skipped >= 0 && random.integer(3) === 0 && sameMap(layers[skipped], layers[i - 1])) {
      inputs.unshift({ layer: skipped, whole: false });
    }
    layers.push({ node: `layer${i}`, shape, inputs });
    const upTo = (most: number) => 1 + random.integer(most);
    const tiles = { tm: upTo(outChannels), tn: upTo(shape.inChannels), tr: upTo(extent), tc: upTo(extent) };
    engines.push(engineWith(shape, tiles));
  }
  return { layers, engines };
}

function sameMap(a: Layer, b: Layer): boolean {
  return a.shape.outHeight === b.shape.outHeight && a.shape.outChannels === b.shape.outChannels;
}
