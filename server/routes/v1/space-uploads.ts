import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import {
  SpaceAnswer,
  SpaceBody,
  SpaceParams,
  SpaceRemovedAnswer,
  SpaceVersionParams,
  WholeFile,
} from '../../../api/spaces.js';
import { quote } from '../../../src/base/errors.js';
import { declaredSpace } from '../../../src/spaces/declared/declared-space.js';
import { knownSpaces, spaceNamed } from '../../../src/spaces/registry.js';
import { ApiError, badField } from '../../http/errors.js';
import type { ModelFolder } from '../../models/model-folder.js';
import { callerOf } from '../../plugins/access.js';
import type { SpaceChecker } from '../../spaces/space-checker.js';
import { mustBeUnused, mustFit } from '../../spaces/space-use.js';
import type { StoredSpaces } from '../../spaces/stored-spaces.js';
import type { Sql } from '../../store/database.js';
import {
  addSpace,
  deleteSpace,
  lockUsersOfSpaces,
  type SpaceVersion,
  spaceVersions,
} from '../../store/spaces.js';
import type { Store } from '../../store/store.js';
import { spaceAnswer } from './spaces.js';

/** Users' own spaces: once its file is uploaded, a space can be named like any other until it is removed. */
export const spaceUploads: FastifyPluginAsyncTypebox<{
  store: Store;
  models: ModelFolder;
  stored: StoredSpaces;
  checker: SpaceChecker;
}> = async (app, { store, models, stored, checker }) => {
  app.post(
    '/v1/spaces',
    {
      schema: {
        summary: 'Adds a search space, or a new version of one; the body is its file',
        tags: ['spaces'],
        body: SpaceBody,
        response: { 200: SpaceAnswer, ...ERRORS },
      },
    },
    async (request) => {
      const file = request.body;
      if (file.program !== undefined) {
        const problem =
          'a service does not run programs; declare the networks as blocks, or start it with --space';
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
        summary: 'Downloads the file that declared a version of a space',
        tags: ['spaces'],
        params: SpaceVersionParams,
        response: { 200: WholeFile, ...ERRORS },
      },
    },
    async ({ params: { name, version } }) => {
      const { database } = await store.ready();
      return versionNamed(await spaceVersions(database, name), name, version).file;
    },
  );

  app.delete(
    '/v1/spaces/:name',
    {
      schema: {
        summary: 'Removes all versions of an uploaded space, unless it is in use',
        tags: ['spaces'],
        params: SpaceParams,
        response: { 200: SpaceRemovedAnswer, ...ERRORS },
      },
    },
    ({ params: { name } }) => remove(name),
  );

  app.delete(
    '/v1/spaces/:name/versions/:version',
    {
      schema: {
        summary:
          'Removes a version of a space; the current version only if all measurements fit the previous one',
        tags: ['spaces'],
        params: SpaceVersionParams,
        response: { 200: SpaceRemovedAnswer, ...ERRORS },
      },
    },
    ({ params: { name, version } }) => remove(name, version),
  );

  /** Removes one version, or all, and answers when the space is no longer known here. */
  async function remove(name: string, version?: string): Promise<SpaceRemovedAnswer> {
    const open = await store.ready();
    const answer = await open.database.transaction(async (sql) => {
      await lockUsersOfSpaces(sql);
      const versions = await spaceVersions(sql, name);
      if (version !== undefined) versionNamed(versions, name, version);
      if (versions.length === 0) throw notUploaded(name);
      const left = versions.filter((each) => version !== undefined && each.version !== version);
      if (left.length === 0) await mustBeUnused(sql, models, name);
      else if (left[0] !== versions[0]) await mustFit(sql, declaredSpace(left[0].file));
      await deleteSpace(sql, name, version);
      const removed = versions.filter((each) => !left.includes(each)).map((each) => each.version);
      return { name, removed, version: left[0]?.version ?? null };
    });
    await stored.sync(open);
    return answer;
  }
};

/** @throws ApiError 404 if there is none with this name */
function versionNamed(versions: readonly SpaceVersion[], name: string, version: string): SpaceVersion {
  const found = versions.find((each) => each.version === version);
  if (found) return found;
  const message = `there is no version ${version} of a space ${quote(name)}; see /v1/spaces/${name}`;
  throw new ApiError(404, 'unknown_version', message);
}

/** Why a space that is not in the store cannot be removed. */
function notUploaded(name: string): ApiError {
  if (!knownSpaces().some((space) => space.name === name)) {
    return new ApiError(404, 'unknown_space', `there is no search space ${quote(name)}; see /v1/spaces`);
  }
  const message = `${name} was not uploaded: it is built in, or the service was started with it`;
  return new ApiError(409, 'not_uploaded', message);
}

/** @throws ApiError 409 if it is the name of a built-in space, or of one the service was started with */
async function mustBeFree(sql: Sql, name: string): Promise<void> {
  if ((await spaceVersions(sql, name)).length > 0) return;
  if (!knownSpaces().some((space) => space.name === name)) return;
  const message = `there is a space ${quote(name)} that was not uploaded; give yours another name`;
  throw new ApiError(409, 'space_taken', message, [{ field: 'name', message }]);
}
