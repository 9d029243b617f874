import { type Static, Type } from '#typebox';
import { InputError } from '../../base/errors.js';
import { readJsonFile } from '../../base/json-file.js';
import { writeOutput } from '../../base/write-output.js';
import { formatConfiguration, parseConfiguration } from '../../devices/codesign/configuration.js';
import { spaceNamed } from '../../spaces/registry.js';

const Configuration = Type.Object(
  {
    filters: Type.Integer(),
    pixels: Type.Integer(),
    inputDepth: Type.Integer(),
    weightDepth: Type.Integer(),
    outputDepth: Type.Integer(),
    memoryBits: Type.Integer(),
    poolingEngines: Type.Integer(),
    share3x3: Type.Number(),
  },
  { additionalProperties: false, description: 'The accelerator: an option of each of its choices' },
);

const Point = Type.Object({
  architecture: Type.String({ description: 'The network, in the canonical form of its space' }),
  configuration: Configuration,
  accuracyPercent: Type.Number(),
  latencyMs: Type.Number({ exclusiveMinimum: 0, description: 'Of one inference, ms' }),
  areaMm2: Type.Number({ exclusiveMinimum: 0, description: 'Silicon area of the accelerator, mm²' }),
});

/** The file written by `tempograph codesign`: the pairs of network and accelerator that no other pair dominates. */
export const FrontierFile = Type.Object({
  kind: Type.Literal('codesign-frontier'),
  space: Type.String(),
  accuracy: Type.Object({ file: Type.String(), column: Type.String() }),
  pairs: Type.Integer({ minimum: 1, description: 'Pairs among which these are the best' }),
  seconds: Type.Number({ description: 'That the enumeration took' }),
  points: Type.Array(Point, { description: 'By falling accuracy, then by rising latency' }),
});
export type FrontierFile = Static<typeof FrontierFile>;
export type FrontierPoint = Static<typeof Point>;

/**
 * Reads a frontier and checks each of its points.
 *
 * @throws InputError that names the file, the field, its value, and what would be right
 */
export async function readFrontier(file: string): Promise<FrontierFile> {
  const content = await readJsonFile(FrontierFile, file);
  for (const [i, { architecture, configuration }] of content.points.entries()) {
    checked(file, `/points/${i}/architecture`, () => spaceNamed(content.space).parse(architecture));
    checked(file, `/points/${i}/configuration`, () => parseConfiguration(formatConfiguration(configuration)));
  }
  return content;
}

/** Writes a frontier, completely or not at all. */
export async function writeFrontier(file: string, frontier: FrontierFile): Promise<void> {
  // One point per line, because people compare such files.
  const { points, ...about } = frontier;
  const lines = points.map((point) => `    ${JSON.stringify(point)}`).join(',\n');
  const head = JSON.stringify(about, null, 2).slice(0, -2);
  await writeOutput(file, `${head},\n  "points": [\n${lines}\n  ]\n}\n`);
}

function checked(file: string, field: string, parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.message, { file, field }) : error;
  }
}
