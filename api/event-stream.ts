import type { Readable } from 'node:stream';
import { Type } from '#typebox';

/** Documentation of an answer of server-sent events. */
export const EVENT_STREAM = {
  content: { 'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
} as const;
