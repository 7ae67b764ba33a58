import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TenantError } from '../errors.ts'
import { migration, type Migration } from '../resources/migrations.ts'
import { transactionStatement } from './sql.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*\.sql$/

/** Reads the app's hand-written migrations, in the order of their names. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  const migrations: Migration[] = []
  for (const name of names.filter((name) => name.endsWith('.sql')).sort()) {
    if (!NAME.test(name))
      throw new TenantError('migration', `not a name for a migration: ${JSON.stringify(name)}`, {
        where: folder,
        remedy: 'use letters, digits, dots, dashes and underscores, as in 0003_add_guests.sql'
      })
    // What it says is shown to those who review it, and so it leads to no other file of this machine.
    if (!(await lstat(join(folder, name))).isFile())
      throw new TenantError('migration', `${name} is not a plain file`, {
        where: join(folder, name),
        remedy: 'put the file itself there, not a link or a folder'
      })
    const made = migration(name, await readFile(join(folder, name), 'utf8'))
    const control = transactionStatement(made.sql)
    if (control !== null)
      throw new TenantError('migration', `${name} controls its own transaction: ${control}`, {
        where: join(folder, name),
        remedy: 'take the statement out: each file runs in one transaction of its own'
      })
    migrations.push(made)
  }
  return migrations
}
