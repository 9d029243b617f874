/** What a key may do; each role includes those before it. */
export const ROLES = ['read', 'measure', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The API key that a request comes from. */
export interface Caller {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

export function allows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
