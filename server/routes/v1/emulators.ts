import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  EmulateAnswer,
  EmulateBody,
  EmulatorAnswer,
  EmulatorParams,
  EmulatorsAnswer,
} from '../../../api/emulators.js';
import { ERRORS } from '../../../api/error.js';
import type { EmulatorCard } from '../../../src/emulate/card.js';
import type { Emulation } from '../../../src/emulate/emulator.js';
import { faultOfValue, faultsOf } from '../../../src/emulate/query.js';
import { ServedEmulators } from '../../emulators/served-emulators.js';
import { throwIfAny } from '../../http/errors.js';
import type { Store } from '../../store/store.js';

/** Emulators of simulators, and their answers. */
export const emulators: FastifyPluginAsyncTypebox<{
  readonly models: readonly string[];
  readonly store?: Store;
}> = async (app, { models, store }) => {
  const served = new ServedEmulators(models, store);
  app.addHook('onClose', () => served.close());

  app.get(
    '/v1/emulators',
    {
      schema: {
        summary: 'Lists emulators with their inputs and outputs',
        tags: ['emulators'],
        response: { 200: EmulatorsAnswer },
      },
    },
    async () => {
      const { cards, problems } = await served.list();
      const listed = [...cards.values()].map(({ card: { name, description, version, inputs, outputs } }) => ({
        ...{ name, description, version, inputs, outputs },
      }));
      return { emulators: listed, problems };
    },
  );

  app.get(
    '/v1/emulators/:name',
    {
      schema: {
        summary: "Shows an emulator's whole card",
        tags: ['emulators'],
        params: EmulatorParams,
        response: { 200: EmulatorAnswer, ...ERRORS },
      },
    },
    async ({ params: { name } }) => (await served.cardOf(name)).card,
  );

  app.post(
    '/v1/emulators/:name/predict',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Answers in place of the simulator: mean, spread and 90 % interval of every output',
        tags: ['emulators'],
        params: EmulatorParams,
        body: EmulateBody,
        response: { 200: EmulateAnswer, ...ERRORS },
      },
    },
    ({ params: { name }, body }) =>
      served.using(name, async (emulator) => {
        const { card } = emulator;
        const asked = inputsOf(card, body.runs);
        const emulation = await emulator.emulate(Float64Array.from(asked.flat()));
        throwIfAny('no_answer', withoutAnswer(emulation, asked.length));
        return {
          emulator: card.name,
          modelVersion: card.version,
          level: card.level,
          runs: asked.map((x, run) => ({
            outside: emulator.outside(x),
            outputs: outputsOf(card, emulation, run, asked.length),
          })),
        };
      }),
  );
};

/** @returns `[run][input]` @throws ApiError 400 naming inputs that are missing or unknown, or have no logarithm */
function inputsOf({ inputs }: EmulatorCard, runs: EmulateBody['runs']): number[][] {
  const details = runs.flatMap((run, i) => {
    const field = (name: string) => `runs/${i}/${name}`;
    return [
      ...faultsOf(Object.keys(run), inputs).map(({ name, message }) => ({ field: field(name), message })),
      ...inputs.flatMap((input) => {
        const { name } = input;
        const fault = Object.hasOwn(run, name) ? faultOfValue(input, run[name]) : undefined;
        return fault === undefined ? [] : [{ field: field(name), message: `${run[name]} ${fault}` }];
      }),
    ];
  });
  throwIfAny('invalid_inputs', details);
  return runs.map((run) => inputs.map(({ name }) => run[name]));
}

/** Runs for which the emulator's answers are not numbers. */
function withoutAnswer(emulation: Emulation, runs: number) {
  const columns = emulation.mean.length / runs;
  return Array.from({ length: runs }, (_, run) => run).flatMap((run) => {
    const own = Object.values(emulation).map((values) => values.subarray(run * columns, (run + 1) * columns));
    if (own.every((values) => values.every(Number.isFinite))) return [];
    const message = 'there is no answer: its inputs are too far outside the range of the runs';
    return [{ field: `runs/${run}`, message }];
  });
}

function outputsOf({ outputs }: EmulatorCard, emulation: Emulation, run: number, runs: number) {
  const columns = emulation.mean.length / runs;
  let from = run * columns;
  return Object.fromEntries(
    outputs.map(({ name, points = 1 }) => {
      const part = (values: Float32Array) => [...values.subarray(from, from + points)];
      const { mean, low, high, spread } = emulation;
      const own = { mean: part(mean), low: part(low), high: part(high), spread: part(spread) };
      from += points;
      return [name, own];
    }),
  );
}
