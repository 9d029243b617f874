/**
 * tempograph as a library: predict, learn, transfer, search and measure latencies of neural networks.
 *
 * ```
 * import { loadPredictor, shippedModels } from 'tempograph';
 *
 * const predictor = await loadPredictor(`${shippedModels}/pixel3`);
 * const { space } = predictor;
 * const [latencyMs] = await predictor.predict([space.parse(space.example)]);
 * await predictor.release();
 * ```
 *
 * The training code is loaded on its first call, so a program that only predicts starts fast.
 *
 * @module tempograph
 */
import { lazily } from './base/lazily.js';

// Errors and randomness
export { InputError } from './base/errors.js';
export { Random } from './base/random.js';
export { version } from './base/version.js';
// Datasets
export type { DatasetCard } from './datasets/card.js';
export { type DeviceSamples, type LoadOptions, loadDevices, loadSamples } from './datasets/load.js';
export { connectedOnly, type Samples, select } from './datasets/samples.js';
export { type Split, type SplitOptions, splitSamples } from './datasets/split.js';
export { type Provenance, writeDataset } from './datasets/write.js';
// Analytic devices
export { analyticDevice, analyticDevices } from './devices/catalogue.js';
export {
  type AnalyticDevice,
  type LatencyReport,
  type LayerLatency,
  NetworkDoesNotFitError,
} from './devices/device.js';
// Emulators of simulators
export type { EmulatorCard } from './emulate/card.js';
export { type Emulation, Emulator } from './emulate/emulator.js';
export { type Runs, readRuns } from './emulate/runs.js';
export type { Simulator, SimulatorInput, SimulatorOutput } from './emulate/simulator.js';
export type { EmulatorHooks, EmulatorTask } from './emulate/train.js';
// Measurement
export { type MeasurementProtocol, runCampaign } from './measure/campaign.js';
export { commandTarget } from './measure/command-target.js';
export { memoryJournal } from './measure/journal.js';
export { architectureModel, referenceArchitecture } from './measure/network.js';
export { onnxruntimeTarget } from './measure/onnxruntime-target.js';
export { summarise } from './measure/summary.js';
export { LATENCY, type Metric } from './metrics/metric.js';
// Networks as graphs
export { type Cost, operatorCost, totalCost } from './network/cost.js';
export { type NetworkFormat, readNetworkFile, writeNetwork } from './network/files/network-file.js';
export {
  type OperatorAttributes,
  OperatorGraph,
  type OperatorNode,
  type TensorAttributes,
} from './network/graph.js';
export type { Operator, Shape } from './network/operator.js';
export { NetworkWriter } from './onnx/write/network-writer.js';
export type { Compared, ComparisonProtocol, ComparisonTask } from './predictors/comparison.js';
// Predictors
export { type Interval, intervalAt } from './predictors/intervals/interval-model.js';
export type { FitOptions, FitTask, FittedModel, Predictor, PredictorKind } from './predictors/predictor.js';
export { predictorKinds, predictorNamed } from './predictors/registry.js';
export type { ModelCard } from './predictors/saved/card.js';
export { listModels, shippedModels } from './predictors/saved/model-folder.js';
export { loadPredictor, readModelCard, type SavedPredictor } from './predictors/saved/saved.js';
export type { DataSource, DeviceFacts } from './predictors/train.js';
export type { SourceDevice } from './predictors/transfer/pool.js';
export type { Transfer, TransferOptions } from './predictors/transfer/transfer.js';
// Search
export type { Evaluator } from './search/evaluators/evaluator.js';
export { accuracyObjective, type Objective, paretoObjective } from './search/objective.js';
export { CandidatePool, poolOf, poolOfSpace } from './search/pool.js';
export { runSearch } from './search/run.js';
export { Search } from './search/search.js';
export type { Run, RunHooks, RunTask } from './search/seeded-run.js';
export type { PreparedSearch, SearchSource } from './search/setup.js';
export type { Strategy, StrategyKind } from './search/strategies/strategy.js';
export { bestOf, type Trial } from './search/trial.js';
// Search spaces
export {
  encodePredictorGraph,
  type GraphLayout,
  type PredictorGraph,
  predictorGraph,
} from './spaces/predictor-graph.js';
export { spaceNamed, spaces } from './spaces/registry.js';
export type { Architecture, DeadOperations, SearchSpace, Slot } from './spaces/space.js';

const train = () => import('./predictors/train.js');
const comparison = () => import('./predictors/comparison.js');
const transfer = () => import('./predictors/transfer/transfer.js');
const setup = () => import('./search/setup.js');
const seededRun = () => import('./search/seeded-run.js');

/**
 * Trains a predictor on one device's samples, scores it on the held-out samples, and writes its folder.
 *
 * @throws InputError if there are too few samples for the split, or the training diverged
 */
export const trainPredictor = lazily(async () => (await train()).trainPredictor);

/**
 * Learns an emulator of a simulator from its runs, and writes its folder.
 *
 * @throws the signal's reason
 */
export const trainEmulator = lazily(async () => (await import('./emulate/train.js')).trainEmulator);

/**
 * Trains several predictors on the same samples and scores them on the same held-out measurements.
 *
 * @throws InputError if there are too few samples for the protocol
 */
export const comparePredictors = lazily(async () => (await comparison()).comparePredictors);

/** Learns the source devices, so that a new device can then be learned from few measurements. See `Transfer`. */
export const openTransfer = lazily(async () => (await transfer()).Transfer.open);

/**
 * Prepares a search: its candidate pool, evaluator and limits, from the sources of networks, accuracies and
 * latencies.
 *
 * @throws InputError for incompatible options, and for anything wrong in the files; the signal's reason
 */
export const prepareSearch = lazily(async () => (await setup()).prepareSearch);

/**
 * Runs one search until it ends or is interrupted.
 *
 * @throws InputError if the log already exists and is not to be resumed, or belongs to another run
 */
export const runSeed = lazily(async () => (await seededRun()).runSeed);
