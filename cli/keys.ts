import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Role } from '../api/role.js';
import type { Database } from '../server/store/database.js';
import { defaultDataFolder } from '../src/base/data-folder.js';
import { InputError, quote } from '../src/base/errors.js';
import { plainTable } from './table.js';

interface KeysFlags {
  data: string;
}

/** `tempograph keys`: manages the API keys of a service. */
export function registerKeys(command: Command): void {
  command.addHelpText(
    'after',
    `
A service that other machines can reach requires a key with every request: authorization: Bearer <key>.
Roles: read (view and predict), measure (also send measurements), admin (everything).

Keys are kept as hashes, in the PostgreSQL that DATABASE_URL names, or in the embedded database in --data. Only one
process at a time can open the embedded one: while a service runs on it, use POST /v1/keys, GET /v1/keys and
DELETE /v1/keys/<id>.

Examples:
  $ tempograph keys add ops --role admin
  $ tempograph keys add lab-3 --role measure
  $ tempograph keys list`,
  );
  const data = () => new Option('--data <folder>', "the service's data folder").default(defaultDataFolder());
  command
    .command('add <name>')
    .description('create a key and print it; it is shown only once, as only its hash is kept')
    .addOption(
      new Option('--role <role>', 'what the key may do')
        .choices(['read', 'measure', 'admin'])
        .default('read'),
    )
    .addOption(data())
    .action((name: string, { role, ...flags }: KeysFlags & { role: Role }) =>
      onStore(flags, async (database) => {
        const { addKey } = await import('../server/store/keys.js');
        const { id, key } = await addKey(database, name, role);
        await noted(database, 'POST', '/v1/keys', 201);
        console.error(`key ${id} (${name}, ${role}):`);
        console.log(key);
      }),
    );
  command
    .command('list')
    .description('list keys, without their secrets')
    .addOption(data())
    .option('--json', 'print them as JSON')
    .action(({ json, ...flags }: KeysFlags & { json?: boolean }) =>
      onStore(flags, async (database) => {
        const { listKeys } = await import('../server/store/keys.js');
        const rows = await listKeys(database);
        if (json) {
          console.log(JSON.stringify(rows, null, 2));
          return;
        }
        const table = plainTable(['id', 'name', 'role', 'made']);
        for (const { id, name, role, createdAt } of rows)
          table.push([id, name, role, createdAt.toISOString()]);
        console.log(table.toString());
      }),
    );
  command
    .command('remove <id>')
    .description('remove a key by its id in the list; services on PostgreSQL notice within seconds')
    .addOption(data())
    .action((id: string, flags: KeysFlags) =>
      onStore(flags, async (database) => {
        const { deleteKey } = await import('../server/store/keys.js');
        const removed = await deleteKey(database, id, !process.env.TEMPOGRAPH_ADMIN_KEY).catch(
          (error: Error) => {
            throw new InputError(error.message, { field: 'id' });
          },
        );
        if (!removed)
          throw new InputError(`there is no key ${quote(id)}; see tempograph keys list`, { field: 'id' });
        await noted(database, 'DELETE', `/v1/keys/${removed.id}`, 200);
        console.log(`removed ${removed.id} (${removed.name}, ${removed.role})`);
      }),
    );
}

/** Writes a change to the audit log as the service does; no key is needed to run commands here. */
async function noted(database: Database, method: string, path: string, status: number): Promise<void> {
  const { noteChange, noteOutcome } = await import('../server/store/audit.js');
  const entry = await noteChange(database, { caller: null, address: 'command line', method, path });
  await noteOutcome(database, entry, status);
}

/** Opens the store while the body runs. */
async function onStore({ data }: KeysFlags, body: (database: Database) => Promise<void>): Promise<void> {
  const { Store } = await import('../server/store/store.js');
  const store = new Store({
    folder: resolve(data),
    databaseUrl: process.env.DATABASE_URL || undefined,
    onProblem: () => {},
  });
  store.open();
  try {
    const { database } = await store.ready().catch((error: Error) => {
      throw new InputError(error.message, { field: process.env.DATABASE_URL ? 'DATABASE_URL' : '--data' });
    });
    await body(database);
  } finally {
    await store.close();
  }
}
