import { timmNetworks } from '../src/datasets/timm-tables.js';
import { publishedNetwork, zoo } from '../src/network/zoo/index.js';
import { predictNetwork, type RooflinePrediction, sharesByKind } from '../src/predictors/roofline/predict.js';
import { loadNetworkModel, type NetworkModel } from '../src/predictors/roofline/saved.js';
import { ofEachFile } from './each-file.js';
import { type InputSizes, readOnnxFile } from './onnx-file.js';
import { percent } from './percent.js';
import { plainTable } from './table.js';

export interface PredictNetworkFlags {
  readonly device: string;
  readonly imageSize?: number;
  readonly batch?: number;
  readonly shape?: InputSizes;
  readonly json?: boolean;
}

/** `tempograph predict --network`: a published network on a device whose predictor was trained on such networks. */
export async function runPredictNetwork(network: string, flags: PredictNetworkFlags): Promise<void> {
  const model = await loadNetworkModel(flags.device);
  const prediction = predictNetwork(model, publishedNetwork(network, flags.imageSize), flags.batch);
  const imageSize = flags.imageSize ?? zoo[network].imageSize;
  const measuredMs = await measured(network, imageSize, prediction);
  if (flags.json) {
    console.log(JSON.stringify({ network, imageSize, ...asJson(prediction), measuredMs }, null, 2));
    return;
  }
  report(imageSize === undefined ? network : `${network}, ${imageSize} × ${imageSize}`, prediction);
  if (measuredMs !== undefined)
    console.log(`measured by timm: ${measuredMs.toPrecision(4)} ms; the predictor was trained on it`);
  about(model);
}

/** `tempograph predict` of ONNX files on such a device, as PyTorch would run their operators. */
export async function predictFilesOfNetworks(
  files: readonly string[],
  flags: PredictNetworkFlags,
): Promise<void> {
  const model = await loadNetworkModel(flags.device);
  const results = await ofEachFile(files, async (file) => {
    const { network, notes } = await readOnnxFile(file, flags.shape);
    return { notes, prediction: predictNetwork(model, network, flags.batch) };
  });
  if (flags.json) {
    const predictions = results.map((result) =>
      'error' in result
        ? result
        : { file: result.file, ...asJson(result.value.prediction), notes: result.value.notes },
    );
    console.log(JSON.stringify({ predictions }, null, 2));
    return;
  }
  for (const result of results) {
    if ('error' in result) continue;
    report(result.file, result.value.prediction);
    for (const note of result.value.notes) console.log(note);
  }
  about(model);
}

function asJson(prediction: RooflinePrediction): object {
  const { kernels: _, lowMs, highMs, ...rest } = prediction;
  return { ...rest, ...(!rest.isLeast && { lowMs, highMs }), shares: sharesByKind(prediction) };
}

function report(name: string, prediction: RooflinePrediction): void {
  const { device, latencyMs, lowMs, highMs, isLeast, batch, unfamiliar } = prediction;
  console.log(`${name}, batch ${batch}, on ${device}`);
  console.log(
    isLeast
      ? `at least ${latencyMs.toPrecision(4)} ms`
      : `${latencyMs.toPrecision(4)} ms (90 % lie between ${lowMs.toPrecision(3)} and ${highMs.toPrecision(3)}), ${((batch / latencyMs) * 1000).toPrecision(4)} images/s`,
  );
  for (const what of unfamiliar) console.log(`(!) extrapolated: ${what}`);
  const table = plainTable(['kernels', 'calls', 'ms', 'share']);
  for (const { kind, calls, ms, share } of sharesByKind(prediction).slice(0, 8))
    table.push([kind, calls, ms.toPrecision(3), percent(share)]);
  console.log(table.toString());
}

function about({ card: { description, leftOut, kin, networks } }: NetworkModel): void {
  console.log(
    `${description}; trained on ${networks} networks; MAPE on ${kin.length} left-out kinds of network: ${percent(leftOut.mape)}`,
  );
}

async function measured(
  network: string,
  imageSize: number | undefined,
  { device, batch }: RooflinePrediction,
) {
  const row = (await timmNetworks()).find((one) => one.network === network && one.imageSize === imageSize);
  const time = row?.times[device];
  return time?.batch === batch ? time.ms : undefined;
}
