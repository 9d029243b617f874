import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { buildApp } from '../../../server/app.js';
import { configurationAt } from '../../../src/devices/codesign/configuration.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { saveQuickEmulator } from '../../emulate/quick-emulator.js';
import { saveMadeUpKernels } from '../../predictors/kernels/made-up-kernels.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { saveAdditiveDevice } from '../additive-device.js';
import { launchBrowser, openPage } from '../browser.js';

/** Points of the frontier that the fixture's service has. */
export const FRONTIER_POINTS = 12;

/** A service with two made-up devices, one with learned kernels, a store and a frontier, and a browser to look at it. */
export class Fixture {
  private constructor(
    readonly folder: string,
    readonly app: FastifyInstance,
    readonly browser: Browser,
    readonly url: string,
  ) {}

  static async start(): Promise<Fixture> {
    const folder = temporaryFolder();
    const models = join(folder, 'models');
    const data = join(folder, 'data');
    await saveAdditiveDevice(models, 'board_a', 1);
    await saveAdditiveDevice(models, 'board_b', 10);
    await saveMadeUpKernels(join(models, 'bench'));
    await saveQuickEmulator(join(models, 'sums'));
    await mkdir(join(data, 'frontiers'), { recursive: true });
    await writeFile(join(data, 'frontiers', 'made-up.json'), JSON.stringify(frontier()));
    const app = await buildApp({ models, data, logLevel: 'silent' });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return new Fixture(folder, app, await launchBrowser(), url);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.app.close();
  }

  /** Opens a view by its address behind `#`, and collects what the browser complains about. */
  open(view: string, options?: Parameters<Browser['newPage']>[0]) {
    return openPage(this.browser, `${this.url}/#${view}`, options);
  }

  async post(path: string, payload: object) {
    const answer = await this.app.inject({ method: 'POST', url: path, payload });
    if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.body}`);
    return answer.json();
  }
}

/** Waits until an element shows a number: what stood there before may stand there a while. */
export async function waitForNumber(
  page: Page,
  selector: string,
  expected: number,
  tolerance = 0.001,
): Promise<void> {
  const text = () => page.locator(selector).first().textContent({ timeout: 1000 }).catch(String);
  await page
    .waitForFunction(
      ([where, value, share]) => {
        const shown = document.querySelector(where)?.textContent?.replaceAll(',', '');
        return Math.abs(Number(shown) - value) <= share * Math.abs(value);
      },
      [selector, expected, tolerance] as const,
      { timeout: 30_000 },
    )
    .catch(async () => assert.fail(`${selector} shows ${await text()}, not ${expected}`));
}

export async function headingOf(page: Page): Promise<string | null> {
  return page.locator('h1').textContent();
}

/** Pairs where more accuracy takes more time, and the area goes up and down. */
function frontier() {
  const points = Array.from({ length: FRONTIER_POINTS }, (_, i) => ({
    architecture: nasbench201.format(nasbench201.at(100 * i)),
    configuration: configurationAt(700 * i),
    accuracyPercent: 73 - i,
    latencyMs: 12 - i,
    areaMm2: 100 + 20 * ((i * 5) % FRONTIER_POINTS),
  }));
  const accuracy = { file: 'made-up.csv', column: 'test' };
  return { kind: 'codesign-frontier', space: 'nasbench201', accuracy, pairs: 1000, seconds: 1, points };
}
