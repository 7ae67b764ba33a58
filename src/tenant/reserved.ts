/** Names that this program, Node, PM2 or the dynamic linker give a meaning to in the app's environment. */
export const reservedEnv: ReadonlySet<string> = new Set([
  'BASH_ENV',
  'DATABASE_URL',
  'DIRECT_DATABASE_URL',
  'ENV',
  'HOME',
  'HOSTNAME',
  'IFS',
  'LOGNAME',
  'PATH',
  'PORT',
  'PWD',
  'RELEASE_ID',
  'SHELL',
  'TEMP',
  'TMP',
  'TMPDIR',
  'USER'
])

export const reservedEnvPrefix = /^(?:LD_|NODE_|NPM_CONFIG_|PM2_)/

/** Secrets of the deploy itself, under the names that the workflows and the command give them. */
export const reservedSecrets: ReadonlySet<string> = new Set([
  'DEPLOY_SSH_KEY',
  'LOOK_SSH_KEY',
  'TENANTS_DISPATCH_TOKEN',
  'TENANT_LOOK_KEY',
  'TENANT_SECRETS',
  'TENANT_SSH_KEY'
])

/** Keywords that PostgreSQL reserves, the names that it and PgBouncer keep for themselves, and the words of pg_hba.conf. */
export const reservedSql: ReadonlySet<string> = new Set(
  `postgres template0 template1 pgbouncer sameuser samerole samegroup replication public none
   all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
   column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
   current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
   from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
   localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
   returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
   unique user using variadic verbose when where window with`.split(/\s+/)
)

/** Headers that belong to the connection, to the body or to nginx, not to a manifest. */
export const reservedHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'keep-alive',
  'location',
  'proxy-authenticate',
  'server',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade'
])
