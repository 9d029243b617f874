import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { plainTable } from '../cli/table.js';
import { packageRoot } from '../src/base/package-root.js';
import { Random } from '../src/base/random.js';
import { LATENCY } from '../src/metrics/metric.js';
import type { Engine, EngineTask } from '../src/nn/engines/engine.js';
import { createOnnxEngine } from '../src/nn/engines/onnx-engine.js';
import { planEpoch } from '../src/nn/engines/plans.js';
import { loadTfjs } from '../src/nn/engines/tfjs.js';
import { createTfjsEngine } from '../src/nn/engines/tfjs-engine.js';
import { initialParameters, parameterCount } from '../src/nn/network.js';
import { graphEncoding } from '../src/predictors/encodings/encoding.js';
import { runTrial } from '../src/predictors/evaluation.js';
import { brpGcnKind } from '../src/predictors/kinds/brp-gcn.js';
import { brpGcn } from '../src/predictors/networks/brp-gcn.js';
import { nasbench201 } from '../src/spaces/nasbench201/space.js';

const SAMPLES = 900;
const BATCH = 32;
const HIDDEN = [128, 600];

/** Training speed of the BRP-NAS GCN: traced to ONNX, eager tfjs, and PyTorch where it is installed. */
export async function trainingBench(): Promise<void> {
  const head = [
    'hidden',
    'engine',
    'ms per step',
    'samples/s',
    'speed-up of traced',
    '900 samples × 250 epochs',
  ];
  const table = plainTable(head);
  const { backend } = await loadTfjs();
  for (const hidden of HIDDEN) {
    const traced = await stepMs(createOnnxEngine, hidden, 120);
    const eager = await stepMs(createTfjsEngine, hidden, hidden > 200 ? 4 : 15);
    const torch = pytorchStepMs(hidden);
    const again = await stepMs(createOnnxEngine, hidden, 120);
    const ours = Math.min(traced, again);
    const row = (engine: string, ms: number, whole: string) =>
      table.push([
        hidden,
        engine,
        ms.toFixed(2),
        Math.round((BATCH / ms) * 1000).toLocaleString('en'),
        engine.startsWith('traced') ? '' : `${(ms / ours).toFixed(1)}×`,
        whole,
      ]);
    row('traced, onnxruntime', ours, `${(await wholeRunSeconds(hidden)).toFixed(1)} s`);
    row(`eager tfjs, ${backend}`, eager, '');
    if (torch === undefined)
      table.push([hidden, 'PyTorch is not installed (Debian: python3-torch)', '', '', '', '']);
    else row('PyTorch', torch, '');
  }
  console.log(table.toString());
}

/** Median time of a training step over batches of real cells with made-up targets. */
async function stepMs(
  create: (task: EngineTask) => Promise<Engine>,
  hidden: number,
  steps: number,
): Promise<number> {
  const network = brpGcn(nasbench201.graph, { members: 1, hidden, layers: 4 });
  const cells = Array.from({ length: SAMPLES }, (_, i) => nasbench201.at(i));
  const task: EngineTask = {
    network,
    options: { loss: 'l1', weightDecay: 5e-4, clipNorm: 5, dropout: 0 },
    inputs: graphEncoding.encode(nasbench201, cells),
    target: Float32Array.from(cells, (cell) => nasbench201.macs(cell) / 1e8 - 1),
    batchSize: BATCH,
    threads: 2,
  };
  const engine = await create(task);
  const zeros = () => new Float32Array(parameterCount(network));
  const state = { theta: initialParameters(network, 1), first: zeros(), second: zeros(), steps: 0 };
  const times: number[] = [];
  const perCall = Math.min(steps, Math.ceil(SAMPLES / BATCH));
  for (let done = -perCall; done < steps; done += perCall) {
    const plan = planEpoch(task, new Random(done), state.steps, 1e-3);
    const part = {
      ...plan,
      steps: perCall,
      order: plan.order.subarray(0, perCall * BATCH),
      weights: plan.weights.subarray(0, perCall * BATCH),
      rates: plan.rates.subarray(0, perCall * 3),
    };
    const started = performance.now();
    await engine.epoch(state, part);
    if (done >= 0) times.push((performance.now() - started) / perCall);
  }
  await engine.release();
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

/** The same network and optimiser in PyTorch, with the number of threads that suits it best. */
function pytorchStepMs(hidden: number): number | undefined {
  const script = join(packageRoot, 'bench/pytorch_gcn.py');
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, [script, String(hidden)], { encoding: 'utf8' });
    if (status === 0) return Number(stdout);
  }
  return undefined;
}

/** A complete training run, as a user starts it. */
async function wholeRunSeconds(hidden: number): Promise<number> {
  const cells = Array.from({ length: SAMPLES + 100 }, (_, i) => nasbench201.at(i));
  const samples = (part: typeof cells) => ({
    architectures: part,
    metric: LATENCY,
    values: Float64Array.from(part, (cell) => nasbench201.macs(cell) / 1e6),
  });
  const split = {
    train: samples(cells.slice(0, SAMPLES)),
    valid: samples(cells.slice(SAMPLES)),
    test: samples([]),
  };
  const options = { hidden, epochs: 250, patience: 250 };
  const task = { kind: brpGcnKind, space: nasbench201, split, seed: 1, options };
  return (await runTrial({ ...task, deadOperations: 'timed' })).trainSeconds;
}
