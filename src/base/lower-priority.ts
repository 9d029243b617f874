import { constants, setPriority } from 'node:os';

/** Has all others go before a process where the processor is short. */
export function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already.
  }
}
