// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression is meant to find them
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]P^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression is meant to find them
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LONE_HALVES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * Makes text from another program or machine safe to show and keep: removes terminal escape sequences and
 * control characters, and replaces lone halves of surrogate pairs.
 */
export function cleanText(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, '').replace(LONE_HALVES, '\ufffd');
}
