import { InputError } from '../base/errors.js';
import { Random } from '../base/random.js';
import { interleavedGroup } from './interleaved-group.js';
import type { Journal } from './journal.js';
import { interquartileMean, quartiles } from './statistics.js';
import type { LoadedModel, Target, Timing } from './target.js';

/** How networks are measured: in several rounds, in a different order each time. */
export interface MeasurementProtocol {
  /** Number of timed runs per network, over all rounds. */
  readonly runs: number;
  /** Number of rounds. In each, every network has one group of runs, in a different order. */
  readonly rounds: number;
  /** Further rounds for networks whose groups disagree. */
  readonly extraRounds: number;
  /** Number of networks between two measurements of the reference. */
  readonly block: number;
  /** Seed of the order. */
  readonly seed: number;
  /** Whether each run of a network alternates with one of the reference, for machines with other work. */
  readonly interleaved?: boolean;
  /** Number of rounds in which each network's kernels are timed as well. */
  readonly profiles?: number;
}

export const defaultProtocol: Omit<MeasurementProtocol, 'seed'> = {
  runs: 100,
  rounds: 5,
  extraRounds: 2,
  block: 20,
};

/** Groups disagree if the quartiles of their latencies are further apart than this share of the median. */
export const DISAGREEMENT = 0.05;

/** Number of networks failing in a row after which the campaign ends: the fault is hardly theirs. */
const GIVE_UP_AFTER = 5;

export interface NetworkToMeasure {
  /** The architecture's canonical string. */
  readonly architecture: string;
  /** Its ONNX file. It is made again for each round, so that no more than two are in memory. */
  model(): Uint8Array;
}

export interface CampaignHooks {
  /** Ends the campaign before the next network. */
  readonly signal?: AbortSignal;
  /** Called with the number of groups measured, and of those planned so far. */
  readonly onGroup?: (done: number, planned: number) => void;
}

/**
 * Measures networks in interleaved rounds (like LatBench's groups of runs: Dudziak et al., arXiv:2007.08668),
 * so that a slow minute of the machine affects one group of a network rather than all. Measurements that are
 * already in the journal are not repeated, except for networks that failed. Every entry is in the journal
 * before the next network starts.
 *
 * @param candidates networks to measure
 * @returns false if it was interrupted
 * @throws InputError if the reference, or several networks in a row, cannot be run
 */
export async function runCampaign(
  target: Target,
  candidates: readonly NetworkToMeasure[],
  reference: NetworkToMeasure,
  protocol: MeasurementProtocol,
  journal: Journal,
  hooks: CampaignHooks = {},
): Promise<boolean> {
  const campaign = new Campaign(target, protocol, journal, hooks, await loadReference(target, reference));
  try {
    return await campaign.run(candidates);
  } finally {
    await campaign.release();
  }
}

async function loadReference(target: Target, reference: NetworkToMeasure): Promise<LoadedModel> {
  try {
    return await target.load(reference.model());
  } catch (error) {
    throw new InputError(`the reference network cannot be run: ${(error as Error).message}`);
  }
}

/** Milliseconds since 1970, from a clock that runs evenly even if the system's clock is set. */
const steadyTime = () => performance.timeOrigin + performance.now();

class Campaign {
  /** Latencies of each network's groups by round. */
  private readonly groups = new Map<string, Map<number, number>>();
  private readonly profiled = new Set<string>();
  private readonly failed = new Set<string>();
  private failedInRow = 0;
  /** How far the clock was set back since the journal's last entry, in ms. */
  private readonly setBackMs: number;
  private done = 0;
  private planned = 0;

  constructor(
    private readonly target: Target,
    private readonly protocol: MeasurementProtocol,
    private readonly journal: Journal,
    private readonly hooks: CampaignHooks,
    private readonly reference: LoadedModel,
  ) {
    for (const entry of journal.entries) {
      if (entry.kind === 'network') this.note(entry.architecture, entry.round, entry.runsMs);
      if (entry.kind === 'profile') this.profiled.add(`${entry.architecture} ${entry.round}`);
    }
    const last = journal.entries.at(-1)?.at ?? 0;
    this.setBackMs = Math.max(0, last - steadyTime());
  }

  /**
   * Milliseconds since 1970, later than all entries: their times determine which reference measurements apply
   * to a network.
   */
  private now(): number {
    return Math.round(steadyTime() + this.setBackMs);
  }

  async run(candidates: readonly NetworkToMeasure[]): Promise<boolean> {
    const { rounds, extraRounds } = this.protocol;
    for (let round = 0; round < rounds; round++) this.plan(round, candidates);
    for (let round = 0; round < rounds; round++) {
      if (!(await this.round(round, candidates))) return false;
    }
    for (let round = rounds; round < rounds + extraRounds; round++) {
      const disagreeing = candidates.filter(({ architecture }) => this.disagree(architecture, round));
      this.plan(round, disagreeing);
      if (!(await this.round(round, disagreeing))) return false;
    }
    return true;
  }

  /** Counts a round's groups, and those that an earlier call has already measured. */
  private plan(round: number, candidates: readonly NetworkToMeasure[]): void {
    this.planned += candidates.length;
    this.done += candidates.filter(({ architecture }) => this.isDone(architecture, round)).length;
  }

  async release(): Promise<void> {
    await this.reference.release();
  }

  private async round(round: number, candidates: readonly NetworkToMeasure[]): Promise<boolean> {
    const order = new Random(this.protocol.seed + round).shuffle([...candidates]);
    const pending = order.filter(({ architecture }) => !this.isDone(architecture, round));
    for (const [i, candidate] of pending.entries()) {
      if (i % this.protocol.block === 0) await this.measureReference(round);
      if (this.hooks.signal?.aborted) return false;
      if (!this.failed.has(candidate.architecture)) await this.measure(candidate, round);
      this.hooks.onGroup?.(++this.done, this.planned);
    }
    if (pending.length > 0) await this.measureReference(round);
    return !this.hooks.signal?.aborted;
  }

  private isDone(architecture: string, round: number): boolean {
    return this.roundsOf(architecture).has(round) && !this.profileIsDue(architecture, round);
  }

  private profileIsDue(architecture: string, round: number): boolean {
    return round < (this.protocol.profiles ?? 0) && !this.profiled.has(`${architecture} ${round}`);
  }

  private async measureReference(round: number): Promise<void> {
    if (this.hooks.signal?.aborted || this.protocol.interleaved) return;
    try {
      const timing = await this.reference.time(this.runsPerGroup);
      this.journal.append({ kind: 'reference', round, at: this.now(), ...shortened(timing) });
    } catch (error) {
      if (this.hooks.signal?.aborted) return;
      throw new InputError(`the reference network cannot be run: ${(error as Error).message}`);
    }
  }

  private async measure({ architecture, model }: NetworkToMeasure, round: number): Promise<void> {
    try {
      const bytes = model();
      if (!this.roundsOf(architecture).has(round)) {
        const loaded = await this.target.load(bytes);
        const timing = await this.timed(loaded).finally(() => loaded.release());
        this.journal.append({ kind: 'network', architecture, round, at: this.now(), ...shortened(timing) });
        this.note(architecture, round, timing.runsMs);
      }
      if (this.profileIsDue(architecture, round)) {
        const profile = await this.target.profile?.(bytes);
        if (profile)
          this.journal.append({ kind: 'profile', architecture, round, at: this.now(), ...profile });
      }
      this.failedInRow = 0;
    } catch (error) {
      if (this.hooks.signal?.aborted) return;
      const reason = (error as Error).message;
      this.journal.append({ kind: 'failure', architecture, at: this.now(), reason });
      this.failed.add(architecture);
      if (++this.failedInRow === GIVE_UP_AFTER) {
        throw new InputError(
          `${GIVE_UP_AFTER} networks in a row could not be run, the last one because: ${reason}`,
        );
      }
    }
  }

  private timed(loaded: LoadedModel): Promise<Timing> {
    if (!this.protocol.interleaved) return loaded.time(this.runsPerGroup);
    const { run } = loaded;
    const reference = this.reference.run;
    if (!run || !reference) throw new Error('it cannot run by turns with the reference');
    return interleavedGroup(run, reference, this.runsPerGroup);
  }

  private get runsPerGroup(): number {
    return Math.ceil(this.protocol.runs / this.protocol.rounds);
  }

  private roundsOf(architecture: string): ReadonlyMap<number, number> {
    return this.groups.get(architecture) ?? new Map();
  }

  private note(architecture: string, round: number, runsMs: readonly number[]): void {
    const rounds = this.groups.get(architecture) ?? new Map<number, number>();
    rounds.set(round, interquartileMean(runsMs));
    this.groups.set(architecture, rounds);
  }

  /** Whether a network's groups before a round disagree. */
  private disagree(architecture: string, round: number): boolean {
    const before = [...this.roundsOf(architecture)].flatMap(([at, latencyMs]) =>
      at < round ? [latencyMs] : [],
    );
    if (before.length < 2) return false;
    const { q1, median, q3 } = quartiles(before);
    return (q3 - q1) / median > DISAGREEMENT;
  }
}

/** Times rounded to 10 nanoseconds, the resolution of the clocks, to keep the journal short. */
function shortened(timing: Timing) {
  const short = (times: readonly number[]) => times.map((ms) => Math.max(1e-5, Math.round(ms * 1e5) / 1e5));
  const { runsMs, cpuMs, referenceCpuMs } = timing;
  return {
    ...timing,
    runsMs: short(runsMs),
    cpuMs: cpuMs && short(cpuMs),
    referenceCpuMs: referenceCpuMs && short(referenceCpuMs),
  };
}
