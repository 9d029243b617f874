import { type Static, Type } from '#typebox';
import { FrontierFile } from '../src/search/codesign/frontier-file.js';

export const FrontierParams = Type.Object({
  name: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$',
    description: 'Name of the file without `.json`',
  }),
});

const { points: _points, ...about } = FrontierFile.properties;

export const FrontiersAnswer = Type.Object({
  frontiers: Type.Array(
    Type.Object({ name: FrontierParams.properties.name, ...about, points: Type.Integer() }),
  ),
  problems: Type.Array(Type.Object({ name: Type.String(), message: Type.String() }), {
    description: 'Files that cannot be read',
  }),
});
export type FrontiersAnswer = Static<typeof FrontiersAnswer>;
