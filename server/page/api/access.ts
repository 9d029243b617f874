import type { Static } from '#typebox';
import type { AuditAnswer, Key, KeysAnswer, NewKeyAnswer } from '../../../api/keys.js';
import type { Role } from '../../../api/role.js';
import { ask, post } from './request.js';

export type { Key, Role };
export type NewKey = Static<typeof NewKeyAnswer>;
export type Change = Static<typeof AuditAnswer>['changes'][number];

export async function fetchKeys(): Promise<readonly Key[]> {
  return (await ask<Static<typeof KeysAnswer>>('/v1/keys')).keys;
}

/** Makes a key, which is told this once. */
export function makeKey(name: string, role: Role): Promise<NewKey> {
  return post<NewKey>('/v1/keys', { name, role });
}

export function removeKey(id: string): Promise<Key> {
  return ask<Key>(`/v1/keys/${id}`, { method: 'DELETE' });
}

/** The latest changes, or those before one. */
export async function fetchChanges(limit: number, before?: number): Promise<readonly Change[]> {
  const older = before === undefined ? '' : `&before=${before}`;
  return (await ask<Static<typeof AuditAnswer>>(`/v1/audit?limit=${limit}${older}`)).changes;
}
