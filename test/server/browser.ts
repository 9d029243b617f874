import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { packageRoot } from '../../src/base/package-root.js';

/** Long, as a busy machine takes that long; nothing waits for it where it does not. */
const PATIENCE_MS = 180_000;
const CHROMIUM = '/usr/bin/chromium';

/** Why tests of the page cannot run; false if they can. */
export const noPage = !existsSync(CHROMIUM)
  ? `no ${CHROMIUM}`
  : !existsSync(join(packageRoot, 'dist', 'page', 'index.html')) && 'the page is not built';

export function launchBrowser(): Promise<Browser> {
  const quiet = ['background-networking', 'component-update', 'sync', 'quic', 'gpu'].map(
    (feature) => `--disable-${feature}`,
  );
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--no-first-run', ...quiet] });
}

/** Opens a page, and collects what the browser complains about. */
export async function openPage(
  browser: Browser,
  address: string,
  options: Parameters<Browser['newPage']>[0] = {},
) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address, { waitUntil: 'networkidle' });
  return { page, complaints };
}
