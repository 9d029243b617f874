/**
 * Whose networks answer, and how they are learned: of one architecture, or of architectures searched as DENSE does
 * (arXiv:2001.08055). At equal training the fixed one had the smaller out-of-fold error on every built-in simulator.
 */
export const EMULATOR_ARCHITECTURES = { fixed: 'fixed', searched: 'ranked' } as const;
export type EmulatorArchitecture = keyof typeof EMULATOR_ARCHITECTURES;
