import type { Readable } from 'node:stream';
import { Type } from '#typebox';

/** What an answer of server-sent events is documented as. */
export const EVENT_STREAM = {
  content: { 'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
} as const;
