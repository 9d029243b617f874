// Makes the empty database that new stores are copies of: to make one takes PGlite seconds, to copy it a tenth of one.
// Part of the build; the argument is the folder to make.
import { chmod, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

const [folder] = process.argv.slice(2);
const making = `${folder}.making`;
await rm(making, { recursive: true, force: true });
const database = await PGlite.create(making);
await database.close();
// Who installs and who serves need not be the same user.
for (const entry of await readdir(making, { recursive: true, withFileTypes: true })) {
  await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
await rm(folder, { recursive: true, force: true });
await rename(making, folder);
