import { dirname } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { InputError } from '../src/base/errors.js';
import { readTensorGraph } from '../src/onnx/read/read-tensor-graph.js';
import { networkAnswer, remarks } from '../src/predictors/kernels/answer.js';
import { findKernels } from '../src/predictors/kernels/find.js';
import { holdsKernels } from '../src/predictors/kernels/kernels-folder.js';
import { loadKernels, type NetworkPrediction, type SavedKernels } from '../src/predictors/kernels/saved.js';
import { ofEachFile } from './each-file.js';
import { type InputSizes, onnxBytes } from './onnx-file.js';
import { percent } from './percent.js';
import { plainTable } from './table.js';

export interface PredictOnnxFlags {
  device?: string;
  model?: string;
  models: string;
  json?: boolean;
  csv?: boolean;
  shape?: InputSizes;
  top: number;
}

/** Predicts ONNX files by a device's kernels; prints a report, JSON, or a line of CSV for each. */
export async function predictOnnxFiles(files: readonly string[], flags: PredictOnnxFlags): Promise<void> {
  const predictor = await openKernels(flags);
  const results = await ofEachFile(files, async (file) => {
    const options = { sizes: flags.shape, folder: dirname(file) };
    const graph = await readTensorGraph(await onnxBytes(file), options).catch((error) => {
      throw error instanceof InputError ? new InputError(error.message, { file }) : error;
    });
    return { prediction: predictor.predict(graph), notes: graph.notes };
  });
  if (flags.json) {
    const predictions = results.map((result) =>
      'error' in result
        ? result
        : {
            file: result.file,
            ...networkAnswer(predictor, result.value.prediction),
            notes: result.value.notes,
          },
    );
    console.log(JSON.stringify({ predictions }, null, 2));
  } else if (flags.csv) {
    const rows = results.map((result) => {
      if ('error' in result) return { onnx: result.file, error: result.error };
      const { latencyMs, interval, familiarity } = result.value.prediction;
      return { onnx: result.file, latencyMs, ...interval, unfamiliar: !familiarity.familiar };
    });
    const columns = ['onnx', 'latencyMs', 'lowMs', 'highMs', 'unfamiliar', 'error'];
    process.stdout.write(stringify(rows, { header: true, columns, cast: { boolean: String } }));
  } else {
    const device = nameOf(predictor, flags.device);
    for (const result of results) {
      if ('error' in result) continue;
      const { prediction, notes } = result.value;
      console.log(report(result.file, predictor, prediction, { device, notes, top: flags.top }));
    }
    const { description, runtime, level, version, scores } = predictor.card;
    const accuracy = scores.familiar
      ? `, ±10 % for ${percent(scores.familiar.within10)} of familiar networks of held-out families`
      : '';
    console.log(`${description}, ${runtime} (${level}); version ${version}${accuracy}`);
  }
}

function report(
  file: string,
  predictor: SavedKernels,
  prediction: NetworkPrediction,
  {
    device,
    notes,
    top,
  }: { readonly device: string; readonly notes: readonly string[]; readonly top: number },
): string {
  const { latencyMs, interval, kernels, totalUs } = prediction;
  const between = interval
    ? `, 90 % between ${milliseconds(interval.lowMs)} and ${milliseconds(interval.highMs)} ms`
    : '';
  const slowest = [...kernels].sort((a, b) => b.count * b.us - a.count * a.us).slice(0, top);
  const table = plainTable(['kernel', 'runs', 'share', 'ms', '90 % between']);
  for (const { kernel, count, us, logStd } of slowest) {
    const spread = predictor.kernelSpread(logStd);
    const ms = (count * us) / 1000;
    table.push([
      describe(kernel),
      count,
      percent((count * us) / totalUs),
      milliseconds(ms),
      `${milliseconds(ms / spread)} – ${milliseconds(ms * spread)}`,
    ]);
  }
  return [
    `${file}: ${milliseconds(latencyMs)} ms on ${device}${between}`,
    ...notes,
    ...remarks(prediction, file),
    table.toString(),
  ].join('\n');
}

/** The device's name as the user gave it, and the name on its card if that is different. */
function nameOf({ card: { device } }: SavedKernels, asked = device): string {
  return asked === device ? device : `${asked} (${device})`;
}

/** A kernel's kind, and the sizes that distinguish it from others of its kind. */
function describe({
  kind,
  activation,
  m,
  n,
  k,
  outChannels,
  inChannels,
}: NetworkPrediction['kernels'][number]['kernel']): string {
  const sizes =
    outChannels > 0
      ? `${inChannels} → ${outChannels}, ${m}`
      : [m, n, k].filter((size) => size > 0).join(' × ');
  return [kind, activation && `+ ${activation}`, sizes && `(${sizes})`].filter(Boolean).join(' ');
}

const milliseconds = (ms: number): string => ms.toPrecision(3);

/** The predictor of kernels in a folder, or of a device by its name. */
async function openKernels({ device, model, models }: PredictOnnxFlags): Promise<SavedKernels> {
  if (model === undefined) return findKernels(models, device);
  if (holdsKernels(model)) return loadKernels(model);
  throw new InputError('this predictor is for architectures of a search space, not for ONNX files', {
    field: '--model',
  });
}
