import { type Static, Type } from '#typebox';
import { EMULATOR_ARCHITECTURES, type EmulatorArchitecture } from '../src/emulate/architecture.js';
import { EmulatorCard, EmulatorInput, EmulatorOutput } from '../src/emulate/card.js';
import { simulators } from '../src/emulate/simulators/registry.js';
import { Text } from './text.js';
import { TimeLimit } from './time-limit.js';

/** Most runs in one request. */
const MOST_EMULATED = 200;

const EmulatorSummary = Type.Object({
  name: Type.String(),
  description: Type.String(),
  version: Type.String(),
  inputs: Type.Array(EmulatorInput),
  outputs: Type.Array(EmulatorOutput),
});

export const EmulatorsAnswer = Type.Object({
  emulators: Type.Array(EmulatorSummary),
  problems: Type.Array(Type.Object({ folder: Type.String(), message: Type.String() }), {
    description: 'Folders that cannot be read',
  }),
});
export type EmulatorsAnswer = Static<typeof EmulatorsAnswer>;

export const EmulatorParams = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) });

export const EmulatorAnswer = EmulatorCard;
export type EmulatorAnswer = Static<typeof EmulatorAnswer>;

export const EmulateBody = Type.Object(
  {
    runs: Type.Array(
      Type.Record(Type.String({ maxLength: 200 }), Type.Number(), {
        description: 'Every input of the simulator by name',
      }),
      { minItems: 1, maxItems: MOST_EMULATED },
    ),
  },
  { additionalProperties: false },
);
export type EmulateBody = Static<typeof EmulateBody>;

const Numbers = (description: string) => Type.Array(Type.Number(), { description });

const EmulatedOutput = Type.Object({
  mean: Numbers('One value for each point of a curve; a single one for a number'),
  low: Numbers('90 % of new runs lie between this value …'),
  high: Numbers('… and this'),
  spread: Numbers('Standard deviation over the networks'),
});

export const EmulateAnswer = Type.Object({
  emulator: Type.String(),
  modelVersion: Type.String(),
  level: Type.Number({ description: 'Share of new runs inside their interval' }),
  runs: Type.Array(
    Type.Object({
      outside: Type.Array(Type.String(), {
        description: 'Inputs outside the range of the runs, for which the answer is a guess',
      }),
      outputs: Type.Record(Type.String(), EmulatedOutput),
    }),
  ),
});
export type EmulateAnswer = Static<typeof EmulateAnswer>;

/** Most runs of one job. */
const MOST_RUNS = 10_000;

const ofEmulator = {
  name: Type.String({
    pattern: '^[A-Za-z0-9][\\w.-]{0,99}$',
    description: 'Name of the emulator; an existing one with this name is replaced',
  }),
  log: Type.Optional(
    Type.Array(Text({ minLength: 1, maxLength: 200 }), {
      description: 'Inputs and outputs to learn as logarithms',
    }),
  ),
  seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 1 })),
  steps: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100_000, description: 'Training steps of each of its five fits' }),
  ),
  architecture: Type.Optional(
    Type.Enum(Object.keys(EMULATOR_ARCHITECTURES) as EmulatorArchitecture[], {
      default: 'fixed',
      description:
        'fixed: five networks of one architecture; searched: 35 networks drawn from learned probabilities, as DENSE does',
    }),
  ),
  timeLimitSeconds: TimeLimit('emulate'),
};

const OfSimulator = Type.Object(
  {
    ...ofEmulator,
    simulator: Type.Enum(simulators.map(({ name }) => name)),
    runs: Type.Optional(Type.Integer({ minimum: 20, maximum: MOST_RUNS, default: 500 })),
  },
  { additionalProperties: false, description: 'Learn from runs made by a built-in simulator' },
);

const OfRuns = Type.Object(
  {
    ...ofEmulator,
    csv: Type.String({
      minLength: 1,
      description: 'Runs, with a column for each input and for each number of the outputs',
    }),
    inputs: Type.Array(Text({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 100 }),
    outputs: Text({
      minLength: 1,
      maxLength: 2000,
      description: 'total,y1..y250; a range is a curve, and its points share a scale',
    }),
  },
  { additionalProperties: false, description: 'Learn from runs made elsewhere' },
);
export type OfRuns = Static<typeof OfRuns>;

export const EmulatorRequest = Type.Union([OfSimulator, OfRuns]);
export type EmulatorRequest = Static<typeof EmulatorRequest>;
