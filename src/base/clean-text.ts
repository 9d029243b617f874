// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]P^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LONE_HALVES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * Text of another program or machine as it can be shown on a terminal and kept: without what controls terminals, and with a
 * replacement character for each half of a character that was cut.
 */
export function cleanText(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, '').replace(LONE_HALVES, '\ufffd');
}
