import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from '#typebox';
import { decimalNumber } from '../../src/base/decimal.js';

/** Compiles schemas like TypeBox, except that numbers in queries and paths must be decimal: `0x10` is refused. */
export const decimalQueries: FastifySchemaCompiler<TSchema> = (route) => {
  const check = TypeBoxValidatorCompiler(route);
  if (route.httpPart === 'body') return check;
  const { properties = {} } = route.schema as { properties?: Record<string, { type?: string }> };
  const numbers = Object.keys(properties).filter((name) =>
    ['integer', 'number'].includes(properties[name].type ?? ''),
  );
  if (numbers.length === 0) return check;
  return (value) => {
    const given = { ...(value as Record<string, unknown>) };
    for (const name of numbers) {
      const text = given[name];
      // Quoted, so that it is not converted to a number.
      if (typeof text === 'string' && Number.isNaN(decimalNumber(text))) given[name] = JSON.stringify(text);
    }
    return check(given);
  };
};
