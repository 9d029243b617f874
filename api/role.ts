/** What a key may do; each role may also do what those before it may. */
export const ROLES = ['read', 'measure', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking: an API key. */
export interface Caller {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

export function allows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
