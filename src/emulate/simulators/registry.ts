import { InputError, quote } from '../../base/errors.js';
import type { BuiltInSimulator } from '../simulator.js';
import { brusselator } from './brusselator.js';
import { eikonal } from './eikonal.js';
import { fnasSimulators } from './fnas.js';
import { pollutantSpill } from './pollutant-spill.js';
import { thomsonIon } from './thomson-ion.js';

/** The built-in simulators. */
export const simulators: readonly BuiltInSimulator[] = [
  thomsonIon,
  pollutantSpill,
  brusselator,
  eikonal,
  ...fnasSimulators,
];

/** @throws InputError that lists the known names */
export function simulatorNamed(name: string): BuiltInSimulator {
  const found = simulators.find((simulator) => simulator.name === name);
  if (found) return found;
  const known = simulators.map(({ name }) => name).join(', ');
  const command = /[\s/]/.test(name) ? '; a command has its inputs in braces: "./sim {a} {b}"' : '';
  throw new InputError(`there is no simulator ${quote(name)}; known are ${known}${command}`);
}
