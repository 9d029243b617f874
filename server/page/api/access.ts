import type { AuditAnswer, Key, KeysAnswer, NewKeyAnswer } from '../../../api/keys.js';
import type { Role } from '../../../api/role.js';
import { ask, post } from './request.js';

export type { Key, NewKeyAnswer, Role };
export type Change = AuditAnswer['changes'][number];

export async function fetchKeys(): Promise<readonly Key[]> {
  return (await ask<KeysAnswer>('/v1/keys')).keys;
}

/** Creates a key; the answer is the only time it is shown. */
export function makeKey(name: string, role: Role): Promise<NewKeyAnswer> {
  return post<NewKeyAnswer>('/v1/keys', { name, role });
}

export function removeKey(id: string): Promise<Key> {
  return ask<Key>(`/v1/keys/${id}`, { method: 'DELETE' });
}

/** The latest changes, or those before a given one. */
export async function fetchChanges(limit: number, before?: number): Promise<readonly Change[]> {
  const older = before === undefined ? '' : `&before=${before}`;
  return (await ask<AuditAnswer>(`/v1/audit?limit=${limit}${older}`)).changes;
}
