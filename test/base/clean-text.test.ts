import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanText } from '../../src/base/clean-text.js';

test('text of others has nothing in it that a terminal obeys or a store refuses', () => {
  for (const [text, clean] of [
    ['plain\n\ttext, é 🙂', 'plain\n\ttext, é 🙂'],
    ['a\0b', 'ab'],
    // Cut inside an emoji, from either side.
    ['🙂'.slice(0, 1), '\ufffd'],
    [`${'🙂'.slice(1)} end`, '\ufffd end'],
    // ECMA-48: colours, the cursor moved up, the window's title set, a link.
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[2A\u001b[Kgone', 'gone'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u009b31mred\r\b', '31mred'],
  ]) {
    assert.equal(cleanText(text), clean);
  }
});
