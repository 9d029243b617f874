import { Random } from '../../base/random.js';
import type { TrainingHooks } from '../../nn/training.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import { type Coverage, coverageOf, leastCovered } from '../coverage.js';
import type { ModelCard } from '../saved/card.js';
import { type Basis, createBasis } from './basis.js';
import { type TransferRows, transferRows } from './methods.js';
import type { SourceDevice } from './pool.js';
import { keptPool } from './pool-file.js';
import { chooseSamples, evaluateTransfer, type TransferProtocol, type TransferScores } from './protocol.js';
import { saveTransferred, type TransferredDevice } from './save.js';
import { choose, SELECTION_STRATEGIES, type SelectionOptions } from './selection.js';
import { SharedPredictor, type SharedTrainingOptions, trainPool } from './shared-predictor.js';

/** Number of the space's architectures among which suggestions are chosen. */
export const SUGGESTION_CANDIDATES = 1000;

/** Strategies for suggestions: those for measuring a new device, and those by what was measured least. */
export const SUGGESTION_STRATEGIES = [...SELECTION_STRATEGIES, 'uncovered'] as const;
export type SuggestionStrategy = (typeof SUGGESTION_STRATEGIES)[number];

/** The known devices, and how they are learned. */
export interface TransferOptions {
  readonly space: SearchSpace;
  /** The source devices. Without any, only operation counts distinguish architectures. */
  readonly sources: readonly SourceDevice[];
  /** Whether the new device runs dead operations. */
  readonly deadOperations: DeadOperations;
  readonly seed?: number;
  /** File in which the sources' network is kept, to be used again for the same sources. */
  readonly poolFile?: string;
  readonly options?: Partial<SharedTrainingOptions>;
  readonly hooks?: TrainingHooks;
}

/**
 * Learns a new device from few measurements and from source devices.
 *
 * ```
 * const transfer = await Transfer.open({ space, sources, deadOperations: 'timed' });
 * const next = await transfer.suggest({ count: 10 });
 * const card = await transfer.learn('models/my_board', { device, facts, data, samples });
 * await transfer.release();
 * ```
 */
export class Transfer {
  private constructor(
    private readonly basis: Basis,
    private readonly shared: SharedPredictor | undefined,
  ) {}

  /** Trains the sources' network, or reads it from its file. */
  static async open({
    space,
    sources,
    deadOperations,
    seed = 1,
    poolFile,
    options = {},
    hooks = {},
  }: TransferOptions): Promise<Transfer> {
    if (sources.length === 0)
      return new Transfer(await createBasis(space, deadOperations, undefined), undefined);
    const model = await (poolFile === undefined
      ? trainPool(space, sources, seed, options, hooks)
      : keptPool(poolFile, space, sources, seed, options, hooks));
    const shared = await SharedPredictor.create(model, options.threads);
    return new Transfer(await createBasis(space, deadOperations, shared), shared);
  }

  /**
   * Suggests which architectures to measure next, the most useful first.
   *
   * @param measured architectures that have been measured: they inform the choice, and are not suggested
   *   again
   * @param coverage for `uncovered`, instead of `measured`: how often each choice was measured, from a card
   */
  async suggest({
    count,
    strategy = 'reference',
    seed = 1,
    measured = [],
    coverage,
  }: Pick<SelectionOptions, 'count'> &
    Partial<Pick<SelectionOptions, 'seed'>> & {
      readonly strategy?: SuggestionStrategy;
      readonly measured?: readonly Architecture[];
      readonly coverage?: Coverage;
    }): Promise<Architecture[]> {
    const { space } = this.basis;
    const candidates = candidatesOf(space, measured, seed);
    if (strategy === 'uncovered') {
      const others = candidates.slice(measured.length);
      const known = coverage ?? coverageOf(space, measured);
      return leastCovered(space, others, known, count).map((i) => others[i]);
    }
    const columns = await this.basis.columns(candidates);
    const known = [...measured.keys()];
    return choose(this.basis, columns, { strategy, count, seed, measured: known }).map((i) => candidates[i]);
  }

  /**
   * What the methods need to know about architectures, for benchmarks that run several methods on the same
   * ones.
   *
   * @throws Error if there are no sources
   */
  rows(architectures: readonly Architecture[]): Promise<TransferRows> {
    if (!this.shared) throw new Error('transfer needs at least one source device');
    return transferRows(this.basis, this.shared, architectures);
  }

  /** Scores methods on measurements that they have not learned from. */
  async evaluate(
    { architectures, values }: TransferredDevice['samples'],
    protocol: TransferProtocol,
  ): Promise<TransferScores[]> {
    return evaluateTransfer(await this.rows(architectures), values, protocol);
  }

  /**
   * Learns the device with the default method, and writes the predictor's folder.
   *
   * @param device.count number of samples to choose and learn from, the others being for testing; all by
   *   default
   */
  async learn(
    folder: string,
    {
      count,
      strategy = 'reference',
      seed = 1,
      train,
      ...device
    }: Omit<TransferredDevice, 'train' | 'seed'> &
      Partial<Pick<SelectionOptions, 'count' | 'strategy' | 'seed'> & Pick<TransferredDevice, 'train'>>,
  ): Promise<ModelCard> {
    const rows = await this.rows(device.samples.architectures);
    const chosen =
      train ??
      (count === undefined
        ? [...device.samples.values.keys()]
        : chooseSamples(rows, { strategy, count, seed }));
    const { card } = await saveTransferred(folder, rows, { ...device, train: chosen, seed });
    return card;
  }

  async release(): Promise<void> {
    await this.shared?.release();
  }
}

/** The measured architectures, followed by others of the space drawn with the seed. */
function candidatesOf(space: SearchSpace, measured: readonly Architecture[], seed: number): Architecture[] {
  const random = new Random(seed);
  const candidates = [...measured];
  const seen = new Set(measured.map((a) => space.format(a)));
  const wanted = measured.length + Math.min(SUGGESTION_CANDIDATES, space.size - measured.length);
  for (let tries = 0; candidates.length < wanted && tries < 20 * SUGGESTION_CANDIDATES; tries++) {
    const architecture = space.sample(random);
    const key = space.format(architecture);
    if (seen.has(key) || !space.isConnected(architecture)) continue;
    seen.add(key);
    candidates.push(architecture);
  }
  return candidates;
}
