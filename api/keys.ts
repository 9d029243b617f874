import { type Static, Type } from '#typebox';
import { TableFormat } from './downloads.js';
import { maybe } from './maybe.js';
import { ROLES } from './role.js';
import { Text } from './text.js';
import { WholeNumber } from './whole-number.js';

const Role = Type.Enum([...ROLES], {
  description: 'read: view and predict; measure: also send measurements; admin: everything',
});

const Key = Type.Object({
  id: Type.String({ description: 'The part of the key that may be shown', examples: ['3f9a01bc'] }),
  name: Type.String(),
  role: Role,
  createdAt: Type.String({ format: 'date-time' }),
});
export type Key = Static<typeof Key>;

export const KeyBody = Type.Object(
  { name: Text({ minLength: 1, maxLength: 200, description: 'Name of the user or purpose' }), role: Role },
  { additionalProperties: false },
);
export type KeyBody = Static<typeof KeyBody>;

export const NewKeyAnswer = Type.Object({
  ...Key.properties,
  key: Type.String({ description: 'Shown only once, because only its hash is stored' }),
});
export type NewKeyAnswer = Static<typeof NewKeyAnswer>;

export const KeysAnswer = Type.Object({ keys: Type.Array(Key) });
export type KeysAnswer = Static<typeof KeysAnswer>;

export const KeyParams = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{8}$' }) });

export const AuditQuery = Type.Object({
  before: Type.Optional(WholeNumber({ description: 'Only entries with a smaller id' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: '100 by default; a file lists all' }),
  ),
  format: TableFormat,
});
export type AuditQuery = Static<typeof AuditQuery>;

export const AuditAnswer = Type.Object({
  changes: Type.Array(
    Type.Object({
      id: Type.Integer(),
      at: Type.String({ format: 'date-time' }),
      key: maybe(Type.String(), 'Identifier of the key; null if none is needed'),
      name: maybe(Type.String(), 'Name of the key'),
      address: Type.String({ description: 'Where the request came from' }),
      method: Type.String(),
      path: Type.String(),
      status: maybe(Type.Integer(), 'Status of the answer; null if the service ended before answering'),
    }),
    { description: 'Latest first' },
  ),
});
export type AuditAnswer = Static<typeof AuditAnswer>;
