/** What to do about a log of pg_dump, pg_restore or psql, by what it says; in the order in which it is looked for. */
const ADVICE: [log: RegExp, remedy: (tenant: string) => string][] = [
  [/no space left on device|could not (?:extend|write to) file/i, () => 'free some disk space'],
  [
    /server version mismatch|unsupported version \([\d.]+\) in file header/i,
    () => "install a postgresql-client on the host that is as new as the server's, and as what made the dump"
  ],
  [
    /does not appear to be a valid archive|input file|could not read from/i,
    () => 'take another backup: this is no dump'
  ],
  [/extension "[^"]*" is not available/i, () => 'install the extension on the server of the database'],
  [
    /permission denied to create extension/i,
    () =>
      "have the database's administrator create the extension in the live database, in the schema in which it was: a restore takes over what stands there"
  ],
  [/permission denied|must be owner/i, (tenant) => `hand back to the role what others own: tenant provision ${tenant}`],
  [
    /password authentication failed|role "[^"]*" does not exist|database "[^"]*" does not exist/i,
    (tenant) => `bring role, password and database to what the manifest says: tenant provision ${tenant}`
  ],
  [/lock timeout|lock-wait-timeout/i, () => 'run again when the statement that holds the lock is over'],
  [/connection to server .* failed|could not connect/i, () => 'look whether PostgreSQL runs on the host']
]

export function advice(log: string, tenant: string): string {
  return ADVICE.find(([says]) => says.test(log))?.[1](tenant) ?? 'put right what the log below says, and run it again'
}
