import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../app.js';

/** The service's OpenAPI description, as in docs/openapi.json and at `/docs/json`. */
export async function describeService(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tempograph-openapi-'));
  const app = await buildApp({ models: folder, data: folder, logLevel: 'silent' });
  try {
    await app.ready();
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
    await rm(folder, { recursive: true });
  }
}
