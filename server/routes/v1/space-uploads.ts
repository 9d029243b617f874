import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import { SpaceAnswer, SpaceBody, SpaceVersionParams, WholeFile } from '../../../api/spaces.js';
import { InputError, quote } from '../../../src/base/errors.js';
import { declaredSpace } from '../../../src/spaces/declared/declared-space.js';
import { knownSpaces, spaceNamed } from '../../../src/spaces/registry.js';
import type { SearchSpace } from '../../../src/spaces/space.js';
import { ApiError, badField } from '../../errors.js';
import { callerOf } from '../../plugins/access.js';
import type { SpaceChecker } from '../../spaces/space-checker.js';
import type { StoredSpaces } from '../../spaces/stored-spaces.js';
import type { Sql } from '../../store/database.js';
import { addSpace, measuredIn, runningSearchIn, spaceVersions } from '../../store/spaces.js';
import type { Store } from '../../store/store.js';
import { spaceAnswer } from './spaces.js';

/** Architectures that are looked at before other requests get their turn. */
const ROWS_PER_TURN = 500;

/** Spaces of one's own: a file is uploaded, and the space is there wherever one is named. */
export const spaceUploads: FastifyPluginAsyncTypebox<{
  store: Store;
  stored: StoredSpaces;
  checker: SpaceChecker;
}> = async (app, { store, stored, checker }) => {
  app.post(
    '/v1/spaces',
    {
      schema: {
        summary: 'Keeps a search space, or a new version of one; the body is its file',
        tags: ['spaces'],
        body: SpaceBody,
        response: { 200: SpaceAnswer, ...ERRORS },
      },
    },
    async (request) => {
      const file = request.body;
      if (file.program !== undefined) {
        const problem =
          'a service runs no programs; declare the networks as blocks, or start it with --space';
        throw badField('program', problem);
      }
      await checker.check(file, callerOf(request));
      const open = await store.ready();
      await mustBeFree(open.database, file.name);
      await mustFit(open.database, declaredSpace(file));
      const { version } = await addSpace(open.database, file);
      await stored.sync(open);
      const versions = (await spaceVersions(open.database, file.name)).map((each) => ({
        version: each.version,
        createdAt: each.createdAt.toISOString(),
      }));
      return { ...(await spaceAnswer(spaceNamed(file.name))), version, versions };
    },
  );

  app.get(
    '/v1/spaces/:name/versions/:version',
    {
      schema: {
        summary: 'The file that declared a version of a space',
        tags: ['spaces'],
        params: SpaceVersionParams,
        response: { 200: WholeFile, ...ERRORS },
      },
    },
    async ({ params: { name, version } }) => {
      const { database } = await store.ready();
      const found = (await spaceVersions(database, name)).find((each) => each.version === version);
      if (found) return found.file;
      const message = `there is no version ${version} of a space ${quote(name)}; see /v1/spaces/${name}`;
      throw new ApiError(404, 'unknown_version', message);
    },
  );
};

/** @throws ApiError 409 if the name is that of a space that ships, or of a file that the service was started with */
async function mustBeFree(sql: Sql, name: string): Promise<void> {
  if ((await spaceVersions(sql, name)).length > 0) return;
  if (!knownSpaces().some((space) => space.name === name)) return;
  const message = `there is a space ${quote(name)} that was not uploaded; give yours another name`;
  throw new ApiError(409, 'space_taken', message, [{ field: 'name', message }]);
}

/** @throws ApiError 409 if what was measured is no architecture of it, or a search goes on in it */
async function mustFit(sql: Sql, space: SearchSpace): Promise<void> {
  const search = await runningSearchIn(sql, space.name);
  if (search !== undefined) {
    const message = `search ${search} goes on in ${space.name}; end it first, or give the space another name`;
    throw new ApiError(409, 'space_in_use', message);
  }
  for (const [i, { architecture, device }] of (await measuredIn(sql, space.name)).entries()) {
    if (i % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
    if (isOf(space, architecture)) continue;
    const message = `${architecture}, which was measured on ${device}, would be no architecture of it; give the space another name`;
    throw new ApiError(409, 'space_in_use', message);
  }
}

function isOf(space: SearchSpace, text: string): boolean {
  try {
    return space.format(space.parse(text)) === text;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
