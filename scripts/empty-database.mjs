// Makes the empty database that is copied for new stores: making one takes PGlite seconds, copying it a tenth of a second.
// Part of the build; the argument is the folder to make.
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

const [folder] = process.argv.slice(2);
const making = `${folder}.making`;
await rm(making, { recursive: true, force: true });
await mkdir(dirname(folder), { recursive: true });
const database = await PGlite.create(making);
await database.close();
// The user who installs need not be the one who serves.
for (const entry of await readdir(making, { recursive: true, withFileTypes: true })) {
  await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
await rm(folder, { recursive: true, force: true });
await rename(making, folder);
