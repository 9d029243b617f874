import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable } from '../../server/store/database.js';
import { PostgresDatabase } from '../../server/store/postgres.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A message of PostgreSQL's protocol 3.0: its type, its length with these 4 bytes, its content. */
function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + content.length);
  return Buffer.concat([Buffer.from(type), length, content]);
}
const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
/** What a server process sends when its first process is gone. */
const FAREWELL = message(
  'E',
  Buffer.from('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'),
);

/** A server that greets each connection with these bytes at once, and then goes on as `then` says. */
async function serverThat(
  t: import('node:test').TestContext,
  greeting: Buffer,
  then: (socket: Socket) => void,
): Promise<string> {
  const folder = await temporaryFolder();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(greeting);
      then(socket);
    });
  });
  await new Promise<void>((listening) => server.listen(join(folder, '.s.PGSQL.5432'), listening));
  t.after(() => server.close());
  return `postgresql://postgres@localhost/any?host=${encodeURIComponent(folder)}`;
}

const isUnavailable = (error: unknown) => error instanceof DatabaseUnavailable;

test('a farewell read in one piece with the greeting refuses the query and ends nothing', async (t) => {
  const url = await serverThat(t, Buffer.concat([AUTHENTICATION_OK, READY, FAREWELL]), (socket) =>
    socket.end(),
  );
  await assert.rejects(PostgresDatabase.open(url), isUnavailable);
  await sleep(50);
});

test('a farewell after the connection was given up ends nothing', async (t) => {
  const url = await serverThat(t, Buffer.concat([AUTHENTICATION_OK, READY]), (socket) => {
    // The first query is told of the loss; the same said again finds a connection that nobody has any more.
    socket.once('data', () => {
      socket.write(FAREWELL);
      setTimeout(() => socket.write(FAREWELL), 5);
    });
  });
  await assert.rejects(PostgresDatabase.open(url), isUnavailable);
  await sleep(50);
});
