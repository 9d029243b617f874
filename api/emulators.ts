import { type Static, Type } from 'typebox';
import { EmulatorCard, EmulatorInput, EmulatorOutput } from '../src/emulate/card.js';

/** Runs that one request asks about. */
export const MOST_EMULATED = 200;

export const EmulatorSummary = Type.Object({
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

export const EmulatedOutput = Type.Object({
  mean: Numbers('One for each point of a curve; one of a number'),
  low: Numbers('90 % of new runs lie between this …'),
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
        description: 'Inputs outside of what was run: the answer is a guess',
      }),
      outputs: Type.Record(Type.String(), EmulatedOutput),
    }),
  ),
});
export type EmulateAnswer = Static<typeof EmulateAnswer>;
