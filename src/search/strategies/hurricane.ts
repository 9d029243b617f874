import type { Random } from '../../base/random.js';
import type { Architecture } from '../../spaces/space.js';
import { type SuitedLayer, suitedLayers } from '../operators/suited.js';
import { isKnown, isTrained, mayCount, type Proposal, type TrainedTrial, type Trial } from '../trial.js';
import { numberWithin, type OptionRules, oneOf, wholeNumberWithin } from './option-rules.js';
import { drawUntried, type Strategy, type StrategyTask, strategyKind } from './strategy.js';

export interface HurricaneOptions {
  /**
   * 2 as published; 1 searches all layers at once, as the evolution of SPOS does (Guo et al.,
   * arXiv:1904.00420, algorithm 1).
   */
  readonly stages: number;
  /** The layers that the first stage searches. */
  readonly first: 'later' | 'earlier';
  /** Share of the layers, and of the trained networks, that belong to the first stage. */
  readonly share: number;
  /** Number of networks in a generation: the first is random, later ones are half mutants and half crossovers. */
  readonly population: number;
  /** Number of best networks of a stage that are parents of the next generation. */
  readonly parents: number;
  /** Probability that a mutant's layer gets another operator. */
  readonly mutation: number;
}

const RULES: OptionRules<HurricaneOptions> = {
  stages: wholeNumberWithin(1, 2),
  first: oneOf('later', 'earlier'),
  share: numberWithin(0.05, 0.95),
  population: wholeNumberWithin(1, 100_000),
  parents: wholeNumberWithin(1, 100_000),
  mutation: numberWithin(0.001, 1),
};

/**
 * Generations are smaller than the published 50, which is for evaluations with shared weights; here every
 * evaluation is a training.
 */
const DEFAULTS: HurricaneOptions = {
  stages: 2,
  first: 'later',
  share: 0.5,
  population: 10,
  parents: 5,
  mutation: 0.1,
};

/** Number of attempts to fill a generation before random networks are taken. */
const ATTEMPTS = 30;

/** Slots that are decided together, and their possible values. */
interface Gene {
  readonly slots: readonly number[];
  readonly choices: readonly (readonly number[])[];
}

/** The genes that a stage searches, and the slots that it leaves fixed: `[slot]`. */
interface Stage {
  readonly name: string;
  readonly genes: readonly Gene[];
  readonly fixed: ReadonlyMap<number, number>;
}

/**
 * Evolution over one part of the layers at a time. Limits apply to whole networks, so the first stage has
 * what the fixed layers leave of them. The reasons of trials name their stage.
 */
class HurricaneSearch implements Strategy {
  private readonly layers: readonly SuitedLayer[];
  private readonly genes: readonly Gene[];
  /** The first slot of the later layers. */
  private readonly boundary: number;

  constructor(
    private readonly task: StrategyTask,
    private readonly options: HurricaneOptions,
  ) {
    const { pool, operators } = task;
    this.layers = suitedLayers(pool, operators);
    const grouped = new Set(this.layers.flatMap(({ slots }) => slots));
    const single = pool.space.slots.flatMap(({ options: own }, slot) =>
      grouped.has(slot) ? [] : [{ slots: [slot], choices: own.map((_, option) => [option]) }],
    );
    const ofLayers = this.layers.map(({ slots, operators: own }) => ({
      slots,
      choices: own.map(({ options: choice }) => choice),
    }));
    this.genes = [...ofLayers, ...single];
    const laterShare = options.first === 'later' ? options.share : 1 - options.share;
    const { length } = this.layers;
    const earlier = Math.min(length - 1, Math.max(1, Math.round(length * (1 - laterShare))));
    this.boundary = Math.min(...this.layers[Math.min(earlier, length - 1)].slots);
  }

  async propose(trials: readonly Trial[], count: number, random: Random): Promise<Proposal[]> {
    const { pool, budget } = this.task;
    const { stages, share, population } = this.options;
    const trained = trials.filter(isTrained);
    const inFirst = stages === 1 ? budget : Math.max(1, Math.round(share * budget));
    const missing = inFirst - trials.filter((trial) => mayCount(trial) && !isKnown(trial)).length;
    const isFirst = missing > 0 || trained.length === 0;
    const wanted = Math.min(count, population, isFirst ? Math.max(missing, 1) : count);
    const stage = isFirst ? this.firstStage() : this.secondStage(trained, random);
    const proposals = await this.generation(stage, trials, wanted, random);
    if (proposals.length > 0) return proposals;
    return drawUntried(pool, trials, wanted, random).map((candidate) => ({ candidate, reason: 'random' }));
  }

  /** The other layers have their fastest operators, which leave the most of a limit. */
  private firstStage(): Stage {
    const { stages, first } = this.options;
    if (stages === 1) return { name: 'all layers', genes: this.genes, fixed: new Map() };
    const { slots } = this.task.pool.space;
    const fastest = new Map<number, number>();
    for (const layer of this.layers) {
      const [{ options }] = [...layer.operators].sort((a, b) => a.load - b.load || b.score - a.score);
      layer.slots.forEach((slot, i) => {
        fastest.set(slot, options[i]);
      });
    }
    // Slots that are not operators get the middle option.
    const middle = (slot: number) => Math.floor((slots[slot].options.length - 1) / 2);
    return this.stage(`${first} layers`, first, (slot) => fastest.get(slot) ?? middle(slot));
  }

  /** The layers of the first stage are those of the best network so far. */
  private secondStage(trained: readonly TrainedTrial[], random: Random): Stage {
    const second = this.options.first === 'later' ? 'earlier' : 'later';
    const { candidate } = this.fittest(trained, trained, random)[0];
    const winner = this.task.pool.architectures[candidate];
    return this.stage(`${second} layers`, second, (slot) => winner[slot]);
  }

  private stage(name: string, part: 'later' | 'earlier', fixedTo: (slot: number) => number): Stage {
    const isOfPart = (slot: number) => slot >= this.boundary === (part === 'later');
    const others = [...this.task.pool.space.slots.keys()].filter((slot) => !isOfPart(slot));
    return {
      name,
      genes: this.genes.filter(({ slots }) => isOfPart(slots[0])),
      fixed: new Map(others.map((slot) => [slot, fixedTo(slot)])),
    };
  }

  /** Up to `wanted` untried networks of a stage. */
  private async generation(
    stage: Stage,
    trials: readonly Trial[],
    wanted: number,
    random: Random,
  ): Promise<Proposal[]> {
    const { pool } = this.task;
    const trained = trials.filter(isTrained);
    const isWhole = this.options.stages === 1;
    const ofStage = trials.filter(
      (trial) => trial.reason.startsWith(stage.name) || (isWhole && isKnown(trial)),
    );
    const own = ofStage.filter(isTrained);
    const isAtRandom = own.length === 0 || ofStage.filter(mayCount).length < this.options.population;
    const parents = this.fittest(own, trained, random).slice(0, this.options.parents);
    const tried = new Set(trials.map(({ candidate }) => candidate));
    const proposals: Proposal[] = [];
    for (let attempt = 0; attempt < ATTEMPTS && proposals.length < wanted; attempt++) {
      const children = Array.from({ length: wanted - proposals.length }, (_, i) => {
        if (isAtRandom) return { ...this.randomNetwork(stage, random), how: 'random' };
        return i % 2 === 0 ? this.mutant(stage, parents, random) : this.crossover(stage, parents, random);
      });
      const candidates = await pool.admit(children.map(({ network }) => network));
      candidates.forEach((candidate, i) => {
        if (candidate === undefined || tried.has(candidate)) return;
        tried.add(candidate);
        const { how, parent } = children[i];
        proposals.push({ candidate, reason: `${stage.name}: ${how}`, parent });
      });
    }
    return proposals;
  }

  private fittest(
    from: readonly TrainedTrial[],
    trained: readonly TrainedTrial[],
    random: Random,
  ): TrainedTrial[] {
    if (from.length === 0) return [];
    const value = this.task.objective.value(trained, random);
    const fitness = new Map(
      from.map((trial) => [trial, value(trial.outcome.accuracy, trial.candidate)] as const),
    );
    return [...from].sort((a, b) => fitness.get(b)! - fitness.get(a)!);
  }

  private randomNetwork(stage: Stage, random: Random): Child {
    const network = this.task.pool.space.sample(random).slice();
    for (const gene of stage.genes) set(network, gene, gene.choices[random.integer(gene.choices.length)]);
    return this.finished(stage, network);
  }

  private mutant(stage: Stage, parents: readonly TrainedTrial[], random: Random): Child {
    const { candidate, number } = parents[random.integer(parents.length)];
    const network = this.task.pool.architectures[candidate].slice();
    for (const gene of stage.genes) {
      if (random.uniform() >= this.options.mutation) continue;
      set(network, gene, gene.choices[random.integer(gene.choices.length)]);
    }
    return { ...this.finished(stage, network), how: 'mutant', parent: number };
  }

  private crossover(stage: Stage, parents: readonly TrainedTrial[], random: Random): Child {
    const [a, b] = [0, 0].map(() => parents[random.integer(parents.length)]);
    const { architectures } = this.task.pool;
    const network = architectures[a.candidate].slice();
    for (const { slots } of stage.genes) {
      if (random.uniform() < 0.5) continue;
      for (const slot of slots) network[slot] = architectures[b.candidate][slot];
    }
    return { ...this.finished(stage, network), how: 'crossover', parent: a.number };
  }

  /** Applies the fixed slots, and brings the network into its canonical form. */
  private finished({ fixed }: Stage, network: Architecture): Child {
    const { space } = this.task.pool;
    for (const [slot, option] of fixed) network[slot] = option;
    return { network: space.parse(space.format(network)), how: 'random' };
  }
}

interface Child {
  readonly network: Architecture;
  readonly how: string;
  readonly parent?: number;
}

function set(network: Architecture, { slots }: Gene, choice: readonly number[]): void {
  slots.forEach((slot, i) => {
    network[slot] = choice[i];
  });
}

/**
 * `hurricane`: the two stages of HURRICANE (Zhang et al., arXiv:1910.11609). The later layers, which matter
 * most for accuracy, are searched first, while the earlier ones have operators that suit the device (here its
 * fastest); then the earlier layers, with the later ones of the best network. Each stage is the evolution of
 * SPOS within the limits. Give it the device's own operators (`tempograph pool`, `--pool-file`). It is for
 * large spaces of chains of layers; in a small space, a search with gradients or a predictor needs fewer
 * trainings.
 */
export const hurricaneKind = strategyKind<HurricaneOptions>(
  'hurricane',
  'HURRICANE: evolution of the later layers first, then of the earlier ones; with --pool-file',
  RULES,
  DEFAULTS,
  (task, options) => new HurricaneSearch(task, options),
  (objective) =>
    objective === 'accuracy'
      ? undefined
      : { of: 'objective', reason: 'hurricane maximises the accuracy within limits; it cannot find a front' },
);
