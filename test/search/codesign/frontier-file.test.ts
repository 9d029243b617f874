import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { CHAIDNN } from '../../../src/devices/codesign/configuration.js';
import {
  type FrontierFile,
  readFrontier,
  writeFrontier,
} from '../../../src/search/codesign/frontier-file.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';

const point = {
  architecture: nasbench201.example,
  configuration: CHAIDNN,
  accuracyPercent: 71.5,
  latencyMs: 2.25,
  areaMm2: 186,
};
const frontier: FrontierFile = {
  kind: 'codesign-frontier',
  space: 'nasbench201',
  accuracy: { file: 'accuracy.csv.gz', column: 'cifar100' },
  pairs: 8640,
  seconds: 1.5,
  points: [point, { ...point, accuracyPercent: 70, configuration: { ...CHAIDNN, pixels: 4 }, areaMm2: 80 }],
};

describe('frontier file', () => {
  let folder = '';
  before(async () => {
    folder = temporaryFolder();
  });

  it('comes back as it was written', async () => {
    const file = join(folder, 'whole.json');
    for (const points of [frontier.points, []]) {
      await writeFrontier(file, { ...frontier, points });
      assert.deepEqual(await readFrontier(file), { ...frontier, points });
    }
  });

  const broken: [string, unknown, RegExp][] = [
    ['cut.json', '{"kind": "codesign', /cut\.json: not JSON/],
    ['kind.json', { ...frontier, kind: 'other' }, /field \/kind: .*"other"/],
    ['area.json', { ...frontier, points: [{ ...point, areaMm2: 0 }] }, /field \/points\/0\/areaMm2: .*not 0/],
    [
      'pixels.json',
      { ...frontier, points: [point, { ...point, configuration: { ...CHAIDNN, pixels: 5 } }] },
      /field \/points\/1\/configuration: pixels is 5.*4, 8, 16, 32, 64/,
    ],
    ['arch.json', { ...frontier, points: [{ ...point, architecture: '|x|' }] }, /points\/0\/architecture/],
    ['space.json', { ...frontier, space: 'nowhere' }, /nowhere/],
  ];
  for (const [name, content, message] of broken) {
    it(`is refused with the place of what is wrong: ${name}`, async () => {
      const file = join(folder, name);
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
      await assert.rejects(
        readFrontier(file),
        (error) => error instanceof InputError && message.test(error.message),
      );
    });
  }

  it('that is missing is named', async () => {
    await assert.rejects(readFrontier(join(folder, 'none.json')), /none\.json: there is no such file/);
  });
});
