// Makes the empty database that new stores are copies of: to make one takes PGlite seconds, to copy it a tenth of one.
// Part of the build; the argument is the folder to make.
import { rename, rm } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';

const [folder] = process.argv.slice(2);
const making = `${folder}.making`;
await rm(making, { recursive: true, force: true });
const database = await PGlite.create(making);
await database.close();
await rm(folder, { recursive: true, force: true });
await rename(making, folder);
