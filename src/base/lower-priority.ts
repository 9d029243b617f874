import { constants, setPriority } from 'node:os';

/** Gives a process a lower priority than all others. */
export function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has already ended.
  }
}
