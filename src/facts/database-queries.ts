/** Asked in the database `postgres`, of `:'role'` and `:'database'`. */
export const roleAndDatabase = `
select json_build_object(
  'role', (
    select json_build_object(
      'login', rolcanlogin,
      'superuser', rolsuper,
      'createRole', rolcreaterole,
      'createDatabase', rolcreatedb,
      'replication', rolreplication,
      'bypassRls', rolbypassrls,
      'password', rolpassword,
      'memberOf', array(
        select distinct pg_get_userbyid(roleid)::text collate "C" as name
        from pg_auth_members where member = role.oid order by name
      ),
      'members', array(
        select distinct pg_get_userbyid(member)::text collate "C" as name
        from pg_auth_members where roleid = role.oid order by name
      )
    )
    from pg_authid role where rolname = :'role'
  ),
  'database', (
    select json_build_object(
      'owner', pg_get_userbyid(datdba),
      'encoding', pg_encoding_to_char(encoding),
      'allowsConnections', datallowconn,
      'connect', array(
        select distinct case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee)::text end collate "C" as name
        from aclexplode(coalesce(datacl, acldefault('d', datdba))) where privilege_type = 'CONNECT' order by name
      )
    )
    from pg_database where datname = :'database'
  )
);
`

/**
 * Asked in the database itself: what `:'role'` does not own, each as `ALTER <kind> <name> OWNER TO` takes it.
 * Left out is what depends on something else so closely that it can't be altered by itself: members of an extension,
 * row types, array types, multiranges, the constructors of a range, and sequences that belong to a column. So are
 * functions that run as others do, or that only an administrator could have made: their owner can give them another
 * body, which an event trigger would run as the administrator.
 */
export const foreignObjects = `
with namespace as (
  select oid, nspname, nspowner from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
),
object as (
  select 'pg_namespace'::regclass as catalog, oid, 'schema' as kind, quote_ident(nspname) as name, nspowner as owner
  from namespace
  where not (nspname = 'public' and pg_get_userbyid(nspowner) = 'pg_database_owner')
  union all
  select 'pg_class'::regclass, class.oid,
    case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
      when 'S' then 'sequence' else 'table' end,
    format('%I.%I', nspname, relname), relowner
  from pg_class class join namespace on namespace.oid = relnamespace
  where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'pg_proc'::regclass, proc.oid,
    case prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
    format('%I.%I(%s)', nspname, proname,
      case when prokind = 'a' and pronargs = 0 then '*' else pg_get_function_identity_arguments(proc.oid) end),
    proowner
  from pg_proc proc join namespace on namespace.oid = pronamespace join pg_language language on language.oid = prolang
  where (prokind = 'a' or lanname = 'sql' or lanpltrusted)
    and proc.oid not in (select evtfoid from pg_event_trigger)
  union all
  select 'pg_type'::regclass, type.oid, case typtype when 'd' then 'domain' else 'type' end,
    format('%I.%I', nspname, typname), typowner
  from pg_type type join namespace on namespace.oid = typnamespace
  where typtype in ('b', 'c', 'd', 'e', 'r')
),
found as (
  select kind, name, pg_get_userbyid(owner) as owner
  from object
  where owner is distinct from (select oid from pg_roles where rolname = :'role')
    and not exists (
      select from pg_depend
      where classid = catalog and objid = object.oid and objsubid = 0
        and (deptype in ('e', 'i') or (deptype = 'a' and kind = 'sequence'))
    )
)
select json_build_object(
  'foreign', array(
    select json_build_object('kind', kind, 'name', name, 'owner', owner)
    from found order by kind collate "C", name collate "C" limit 1000
  ),
  'foreignCount', (select count(*) from found)
);
`
