/**
 * A client of a tempograph service, for Node 20 and browsers:
 *
 *     import { TempographClient } from 'tempograph/client';
 *     const client = new TempographClient({ url: 'http://localhost:8080' });
 *     const { predictions } = await client.predict({ device: 'pixel3', architectures: [cell] });
 *
 * @module tempograph/client
 */
export { TempographClient } from './client.js';
export { TempographError } from './error.js';
export type { ClientOptions } from './transport.js';
export type * from './types.js';
