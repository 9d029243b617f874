import { join } from 'node:path';
import { median } from 'simple-statistics';
import { plainTable } from '../cli/table.js';
import { packageRoot } from '../src/base/package-root.js';
import { loadNetworks } from '../src/datasets/networks/load.js';
import { loadTfjs, tf } from '../src/nn/engines/tfjs.js';
import { initialParameters, unpackParameters } from '../src/nn/network.js';
import { graphEncoding } from '../src/predictors/encodings/encoding.js';
import { findKernels } from '../src/predictors/kernels/find.js';
import { KernelsModel } from '../src/predictors/kernels/kernels-model.js';
import { timedNetworks } from '../src/predictors/kernels/train.js';
import { gcn } from '../src/predictors/networks/gcn.js';
import { listModels, shippedModels } from '../src/predictors/saved/model-folder.js';
import { loadPredictor } from '../src/predictors/saved/saved.js';
import { DEFAULT_RUNTIME } from '../src/runtimes/index.js';
import { nasbench201 } from '../src/spaces/nasbench201/space.js';

/** From 15,625 strings to predictions in one process, with the same network run by eager tfjs beside it. */
export async function inferenceBench(): Promise<void> {
  const shipped = (await listModels(shippedModels)).find(
    (e) => 'card' in e && e.card.space === 'nasbench201',
  );
  if (!shipped) {
    console.log('no shipped predictor: run `npm run models` first');
    return;
  }
  const predictor = await loadPredictor(shipped.folder);
  const strings = Array.from({ length: nasbench201.size }, (_, i) => nasbench201.format(nasbench201.at(i)));
  const parse = () => strings.map((text) => nasbench201.parse(text));
  const table = plainTable(['15,625 NAS-Bench-201 strings', 'ms']);
  table.push(['parse', await best(async () => parse())]);
  table.push(['parse, graphs', await best(async () => graphEncoding.encode(nasbench201, parse()))]);
  table.push([
    `parse, graphs, predictions (${predictor.card.device})`,
    await best(() => predictor.predict(parse())),
  ]);

  const { backend } = await loadTfjs();
  const { hidden, layers, members } = predictor.card.options as {
    hidden: number;
    layers: number;
    members: number;
  };
  const network = gcn(nasbench201.graph, 1, 900, { hidden, layers, members });
  const theta = initialParameters(network, 1);
  const eager = await best(async () => {
    const { features, adjacency } = graphEncoding.encode(nasbench201, parse());
    const { nodes, features: names } = nasbench201.graph;
    const output = tf.tidy(() =>
      network.forward(
        unpackParameters(network, tf.tensor1d(theta)),
        {
          features: tf.tensor3d(features, [strings.length, nodes, names.length]),
          adjacency: tf.tensor3d(adjacency, [strings.length, nodes, nodes]),
        },
        (x) => x,
      ),
    );
    await output.data();
    output.dispose();
  }, 1);
  table.push([`the same network, eager tfjs (${backend})`, eager]);
  console.log(table.toString());
  await predictor.release();
  await predictKernels();
}

/** Fewest kernels of a network that counts as a large one. */
const MANY = 150;

/** Networks by a device's kernels: all of them seen for the first time, and then again. */
async function predictKernels(): Promise<void> {
  const dataset = await loadNetworks(join(packageRoot, 'datasets', 'onnx_cpu', 'onnx_cpu.csv.gz'));
  const networks = (await timedNetworks(dataset, DEFAULT_RUNTIME)).filter(
    ({ kernels }) => kernels.length >= MANY,
  );
  const { posterior } = await findKernels(shippedModels, 'cpu');
  const first: number[] = [];
  const again: number[] = [];
  for (const { kernels } of networks) {
    const model = new KernelsModel(posterior);
    for (const times of [first, again]) {
      const started = performance.now();
      model.predict(kernels);
      times.push(performance.now() - started);
    }
  }
  const counts = networks.map(({ kernels }) => kernels.length);
  const table = plainTable([
    `${networks.length} networks, predicted from kernels on cpu`,
    'median',
    'maximum',
  ]);
  table.push(['kernels', median(counts), Math.max(...counts)]);
  for (const [name, times] of [
    ['prediction, all kernels new, ms', first],
    ['prediction, all kernels seen before, ms', again],
  ] as const) {
    table.push([name, median(times).toFixed(2), Math.max(...times).toFixed(2)]);
  }
  console.log(table.toString());
}

/** The least of several times, whole milliseconds. */
async function best(run: () => Promise<unknown>, repeats = 5): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await run();
    least = Math.min(least, performance.now() - started);
  }
  return Math.round(least);
}
