import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPage, noPage as skip } from '../browser.js';
import { acceleratorViewTests } from './accelerator-views.js';
import { accessViewTests } from './access-view.js';
import { compressionViewTests } from './compression-view.js';
import { deviceViewTests } from './device-view.js';
import { emulatorViewTests } from './emulator-view.js';
import { Fixture } from './fixture.js';
import { layoutTests, signInTests } from './layout.js';
import { predictViewTests } from './predict-view.js';
import { searchViewTests } from './search-views.js';
import { spaceViewTests } from './space-view.js';

describe('the page in a browser', { skip }, () => {
  let fixture: Fixture;

  before(async () => {
    fixture = await Fixture.start();
  });
  after(() => fixture?.stop());

  const it = () => fixture;
  predictViewTests(it);
  acceleratorViewTests(it);
  emulatorViewTests(it);
  compressionViewTests(it);
  layoutTests(it);
  searchViewTests(it);
  signInTests(it);
  accessViewTests(it);
  deviceViewTests(it);
  spaceViewTests(it);

  test('Swagger UI shows the operations, under the project’s name', async () => {
    const { page, complaints } = await openPage(fixture.browser, `${fixture.url}/docs`);
    await page.locator('.opblock-summary-path').first().waitFor();
    assert.equal(await page.title(), 'HTTP API · tempograph');
    assert.match((await page.locator('.topbar img').getAttribute('src'))!, /^data:image\/svg/);
    const paths = await page.locator('.opblock-summary-path').allTextContents();
    assert.ok(
      paths.some((path) => path.replaceAll('\u200b', '') === '/v1/predict'),
      paths.join(),
    );
    assert.deepEqual(complaints, []);
  });
});
