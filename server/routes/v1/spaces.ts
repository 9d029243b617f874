import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ErrorAnswer } from '../../../api/error.js';
import { ChoicesAnswer, ChoicesBody, SpaceAnswer, SpaceParams, SpacesAnswer } from '../../../api/spaces.js';
import { InputError, quote } from '../../../src/base/errors.js';
import type { DeclaredSpace } from '../../../src/spaces/declared/declared-space.js';
import { spaceProblem } from '../../../src/spaces/declared/space-files.js';
import { knownSpaces } from '../../../src/spaces/registry.js';
import type { Architecture, SearchSpace } from '../../../src/spaces/space.js';
import { ApiError, badField } from '../../http/errors.js';
import type { ModelFolder } from '../../models/model-folder.js';
import { numbered } from '../../spaces/numbered.js';
import { currentSpaces, spaceVersions } from '../../store/spaces.js';
import type { Store } from '../../store/store.js';

/** `/v1/spaces`: the search spaces, and the slots of their architectures. */
export const spaceQueries: FastifyPluginAsyncTypebox<{ store?: Store; models: ModelFolder }> = async (
  app,
  { store, models },
) => {
  /** Spaces known by name, and those in the cards of models. */
  const allSpaces = (): SearchSpace[] => {
    const known = [...knownSpaces(), ...models.all().map(({ space }) => space)];
    return known.filter(({ name }, i) => known.findIndex((other) => other.name === name) === i);
  };

  /** @throws ApiError 404 listing the spaces known */
  const namedSpace = (wanted: string): SearchSpace => {
    const all = allSpaces();
    const space = all.find(({ name }) => name === wanted);
    if (space) return space;
    const names = all.map(({ name }) => name).join(', ');
    const problem = spaceProblem(wanted);
    const message = problem
      ? `the file of the search space ${quote(wanted)} is no longer valid: ${problem.problem}`
      : `there is no search space ${quote(wanted)}; spaces: ${names}`;
    throw new ApiError(404, 'unknown_space', message);
  };

  app.get(
    '/v1/spaces',
    {
      schema: {
        summary: 'Lists search spaces: built-in ones, and those declared by files',
        tags: ['spaces'],
        response: { 200: SpacesAnswer },
      },
    },
    async () => {
      const uploaded = store?.now ? await currentSpaces(store.now.database) : [];
      const versions = new Map(uploaded.map(({ name, version }) => [name, version]));
      const all = allSpaces();
      for (const space of all) await numbered(space);
      return {
        spaces: all.map(({ name, description, size }) => ({
          name,
          description,
          size,
          version: versions.get(name),
        })),
      };
    },
  );

  app.get(
    '/v1/spaces/:name',
    {
      schema: {
        summary: 'Shows the slots of a search space',
        tags: ['spaces'],
        params: SpaceParams,
        response: { 200: SpaceAnswer, 404: ErrorAnswer },
      },
    },
    async ({ params }) => {
      const space = namedSpace(params.name);
      const uploaded = store?.now ? await spaceVersions(store.now.database, space.name) : [];
      const versions = uploaded.map(({ version, createdAt }) => ({
        version,
        createdAt: createdAt.toISOString(),
      }));
      return {
        ...(await spaceAnswer(space)),
        ...(versions.length > 0 ? { version: versions[0].version, versions } : {}),
      };
    },
  );

  app.post(
    '/v1/spaces/:name/architecture',
    {
      config: { role: 'read', audited: false },
      schema: {
        summary: 'Builds an architecture from choices: its string, and which slots count',
        tags: ['spaces'],
        params: SpaceParams,
        body: ChoicesBody,
        response: { 200: ChoicesAnswer, '4xx': ErrorAnswer },
      },
    },
    async ({ params, body: { architecture: text, choices = {} } }) => {
      const space = namedSpace(params.name);
      const architecture = changed(space, parsed(space, text ?? space.example), choices);
      const canonical = space.format(architecture);
      // A forbidden combination has a string, but is not an architecture.
      const read = parsed(space, canonical);
      const active = space.activeSlots?.(read);
      return {
        architecture: canonical,
        choices: space.slots.map(({ name: slot, options }, k) => ({
          slot,
          option: options[read[k]],
          active: active?.[k] ?? true,
        })),
      };
    },
  );
};

/** A space as the API shows it. */
export async function spaceAnswer(space: SearchSpace) {
  await numbered(space);
  const { name, description, size, example, slots } = space;
  const { file } = space as Partial<DeclaredSpace>;
  return {
    name,
    description,
    size,
    example,
    slots: slots.map((slot) => ({ ...slot, options: [...slot.options] })),
    ...(file ? { file } : {}),
  };
}

/** @throws ApiError 400 saying what is wrong with it */
function parsed(space: SearchSpace, text: string): Architecture {
  try {
    return space.parse(text);
  } catch (error) {
    throw error instanceof InputError ? badField('architecture', error.message) : error;
  }
}

function changed(
  space: SearchSpace,
  architecture: Architecture,
  choices: Readonly<Record<string, string>>,
): Architecture {
  const made = architecture.slice();
  for (const [name, option] of Object.entries(choices)) {
    const k = space.slots.findIndex((slot) => slot.name === name);
    if (k < 0) throw badField(`choices.${name}`, `${space.name} has no slot ${quote(name)}`);
    const { options } = space.slots[k];
    made[k] = options.indexOf(option);
    if (!options.includes(option))
      throw badField(`choices.${name}`, `${quote(option)} is not one of ${options.join(', ')}`);
  }
  return made;
}
