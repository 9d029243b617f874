import { type Static, Type } from '#typebox';
import { InputError, quote } from '../../base/errors.js';
import { readJsonFile } from '../../base/json-file.js';
import type { SearchSpace } from '../../spaces/space.js';
import { operatorLayersOf } from './layers.js';
import type { OperatorPool, OperatorPoolOptions } from './operator-pool.js';

/** A pool as written to a file or sent. */
export const PoolFile = Type.Object({
  format: Type.Literal('tempograph-pool/1'),
  space: Type.String(),
  device: Type.String(),
  /** Source of the latencies: a file with measurements, a predictor's version, or the device's formula. */
  latencies: Type.String(),
  keep: Type.Integer(),
  references: Type.Integer(),
  seed: Type.Integer(),
  layers: Type.Array(
    Type.Object({
      layer: Type.String(),
      operators: Type.Array(
        Type.Object({
          operator: Type.String(),
          latencyMs: Type.Number(),
          macs: Type.Number(),
          parameters: Type.Number(),
          score: Type.Number(),
          kept: Type.Boolean(),
        }),
      ),
    }),
  ),
});
export type PoolFile = Static<typeof PoolFile>;

/** The pool file with only the kept operators. */
export function keptAlone(pool: PoolFile): PoolFile {
  const layers = pool.layers.map(({ layer, operators }) => ({
    layer,
    operators: operators.filter(({ kept }) => kept),
  }));
  return { ...pool, layers };
}

/** Converts a pool to its file. */
export function poolFileOf(
  { space, layers }: OperatorPool,
  about: OperatorPoolOptions & { readonly device: string; readonly latencies: string },
): PoolFile {
  return {
    format: 'tempograph-pool/1',
    space: space.name,
    device: about.device,
    latencies: about.latencies,
    keep: about.keep,
    references: about.references,
    seed: about.seed,
    layers: layers.map(({ name, operators }) => ({
      layer: name,
      operators: operators.map(({ name: operator, latencyMs, macs, parameters, score, kept }) => ({
        operator,
        latencyMs,
        macs,
        parameters,
        score,
        kept,
      })),
    })),
  };
}

/**
 * Reads a pool; manual changes to the file are respected.
 *
 * @throws InputError if the file is missing, malformed, of another space, or keeps no operator of a layer
 */
export async function readPoolFile(file: string, space: SearchSpace): Promise<OperatorPool> {
  return poolWritten(await readJsonFile(PoolFile, file), space, file);
}

/**
 * Converts a written pool back; operators that it does not name are not kept.
 *
 * @param file for errors
 * @throws InputError as `readPoolFile`
 */
export function poolWritten(written: PoolFile, space: SearchSpace, file?: string): OperatorPool {
  if (written.space !== space.name) {
    throw new InputError(`the pool is of space ${written.space}, not ${space.name}`, {
      file,
      field: '/space',
    });
  }
  const known = operatorLayersOf(space);
  const names = (layers: readonly { readonly name: string }[]) => layers.map(({ name }) => name).join(', ');
  if (written.layers.map(({ layer }) => layer).join(', ') !== names(known)) {
    throw new InputError(`the layers of ${space.name} are ${names(known)}`, { file, field: '/layers' });
  }
  const layers = known.map((layer, l) => {
    const scored = new Map(written.layers[l].operators.map((each) => [each.operator, each]));
    const field = `/layers/${l}/operators`;
    const foreign = [...scored.keys()].find((name) => !layer.operators.some((o) => o.name === name));
    if (foreign !== undefined) {
      throw new InputError(
        `${layer.name} has no operator ${quote(foreign)}; it has ${names(layer.operators)}`,
        {
          file,
          field,
        },
      );
    }
    if (!written.layers[l].operators.some(({ kept }) => kept)) {
      throw new InputError(`no operator of ${layer.name} is kept; keep at least one`, { file, field });
    }
    const absent = { latencyMs: Number.NaN, macs: Number.NaN, parameters: Number.NaN, score: 0, kept: false };
    return {
      ...layer,
      operators: layer.operators.map((operator) => ({
        ...operator,
        ...(scored.get(operator.name) ?? absent),
      })),
    };
  });
  return { space, layers };
}
