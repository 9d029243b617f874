import type { ChoicesAnswer, SpaceAnswer, SpaceRemovedAnswer, SpacesAnswer } from '../../../api/spaces.js';
import { ask, post } from './request.js';

export type Choice = ChoicesAnswer['choices'][number];

const spaceUrl = (name: string) => `/v1/spaces/${encodeURIComponent(name)}`;

export async function fetchSpaces(): Promise<SpacesAnswer['spaces']> {
  return (await ask<SpacesAnswer>('/v1/spaces')).spaces;
}

/** Keeps a space, or a new version of one. */
export function uploadSpace(file: object): Promise<SpaceAnswer> {
  return post<SpaceAnswer>('/v1/spaces', file);
}

/** Removes all versions of an uploaded space. */
export function removeSpace(name: string): Promise<SpaceRemovedAnswer> {
  return ask<SpaceRemovedAnswer>(spaceUrl(name), { method: 'DELETE' });
}

/** The choices of an architecture, or of the architecture with some choices changed. */
export function fetchChoices(
  space: string,
  architecture: string,
  choices: Readonly<Record<string, string>> = {},
): Promise<ChoicesAnswer> {
  return post<ChoicesAnswer>(`${spaceUrl(space)}/architecture`, { architecture, choices });
}
