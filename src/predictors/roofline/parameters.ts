import { COMPUTE_TRENDS, GROUPS, type KernelTerms, MEMORY_TRENDS } from './kernel-terms.js';

/** A learned number with a normal prior. */
export interface LearnedParameter {
  readonly name: string;
  readonly prior: number;
  /** Standard deviation of the prior. */
  readonly spread: number;
}

/** The rates of an ordinary device of a kind, from which learning starts. */
export interface Ordinary {
  readonly macsPerUs: number;
  readonly bytesPerUs: number;
  readonly weightBytesPerUs: number;
}

export const ORDINARY: Readonly<Record<'cpu' | 'cuda', Ordinary>> = {
  cuda: { macsPerUs: 100e6, bytesPerUs: 800e3, weightBytesPerUs: 800e3 },
  cpu: { macsPerUs: 0.3e6, bytesPerUs: 50e3, weightBytesPerUs: 30e3 },
};
/** Microseconds of a kernel that does nothing. */
const LAUNCH_US = 4;

const SPREAD = { device: 2, weights: 1, launch: 1, group: 1, launchOfGroup: 0.7, kind: 0.5, trend: 0.2 };
/**
 * A priori, half of the effect of a size: one that halves the possible speed costs half of that, and padded
 * channels cost half of what they add.
 */
const TREND: Readonly<Partial<Record<string, number>>> = { k: -0.5, n: -0.5, m: -0.5, filling: 0.5 };

/** Log rates in microseconds: the device's, a group's relative to these, and a kind's relative to its group's. */
export function learnedParameters(kinds: readonly string[], ordinary: Ordinary): LearnedParameter[] {
  const rate = (name: string, perUs: number, spread: number): LearnedParameter[] => [
    { name, prior: -Math.log(perUs), spread },
    ...GROUPS.map((group) => ({ name: `${name}.${group}`, prior: 0, spread: SPREAD.group })),
    ...kinds.map((kind) => ({ name: `${name}.${kind}`, prior: 0, spread: SPREAD.kind })),
  ];
  const trends = (name: string, of: readonly string[]) =>
    of.flatMap((trend) =>
      GROUPS.map((group) => ({
        name: `${name}.${trend}.${group}`,
        prior: name === 'compute' ? (TREND[trend] ?? 0) : 0,
        spread: SPREAD.trend,
      })),
    );
  return [
    ...rate('compute', ordinary.macsPerUs, SPREAD.device),
    ...trends('compute', COMPUTE_TRENDS),
    ...rate('memory', ordinary.bytesPerUs, SPREAD.device),
    ...trends('memory', MEMORY_TRENDS),
    ...rate('weights', ordinary.weightBytesPerUs, SPREAD.weights),
    { name: 'launch', prior: Math.log(LAUNCH_US), spread: SPREAD.launch },
    ...GROUPS.map((group) => ({ name: `launch.${group}`, prior: 0, spread: SPREAD.launchOfGroup })),
  ];
}

/** A log rate: a sum of parameters with their multipliers. */
export interface LogRate {
  readonly at: readonly number[];
  readonly by: readonly number[];
}

/** Positions of a kernel's rates among the parameters; for an unknown kind, only those of its group. */
export interface KernelRates {
  readonly compute: LogRate;
  readonly memory: LogRate;
  readonly weights: LogRate;
  readonly launch: LogRate;
}

export function ratesOf(index: ReadonlyMap<string, number>, terms: KernelTerms): KernelRates {
  const { kind, group } = terms;
  const rate = (names: readonly string[], trends: readonly (readonly [string, number])[] = []): LogRate => {
    const known = [...names.map((name) => [name, 1] as const), ...trends]
      .map(([name, by]) => [index.get(name), by] as const)
      .filter((pair): pair is readonly [number, number] => pair[0] !== undefined);
    return { at: known.map(([at]) => at), by: known.map(([, by]) => by) };
  };
  const levels = (name: string) => [name, `${name}.${group}`, `${name}.${kind}`];
  return {
    compute: rate(
      levels('compute'),
      COMPUTE_TRENDS.map((trend, i) => [`compute.${trend}.${group}`, terms.compute[i]]),
    ),
    memory: rate(
      levels('memory'),
      MEMORY_TRENDS.map((trend, i) => [`memory.${trend}.${group}`, terms.memory[i]]),
    ),
    weights: rate(levels('weights')),
    launch: rate(['launch', `launch.${group}`]),
  };
}
