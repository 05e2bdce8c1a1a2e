import { currentDataset, rawDataset } from "./tables.ts";

export interface CurrentView {
  readonly connector: string;
  readonly endpoint: string;
  /** Natural key: for each part its JSON path, or several of which the first that is not null counts. */
  readonly key: readonly (readonly string[])[];
  /** Whether the log tells of records that got another key. */
  readonly keyMayChange?: boolean | undefined;
  /** Where a full run holds a part of the records only, such as one term: the value that tells which part a record belongs to. */
  readonly replaces?: string | undefined;
  /** First day (YYYY-MM-DD) of extraction that still matters, so that older partitions are not read; none: all days do. */
  readonly oldestDay?: string | undefined;
}

function keyPart(paths: readonly string[]): string {
  const values = paths.map((path) => `json_value(data, '${path}')`);
  const value = values.length === 1 ? values[0] : `coalesce(${values.join(", ")})`;
  return `lower(trim(${value}))`;
}

function naturalKey(key: CurrentView["key"]): string {
  const parts = key.map(keyPart).join(", '\\u001f', ");
  // A record without its whole natural key stands for itself; it must not be folded with others like it.
  return key.length === 0 ? "record_id" : `coalesce(concat(${parts}), record_id)`;
}

/**
 * The names under which the feed of key changes may have a part of the key: its member's, before which stands the role of the reference
 * where two references have a member of that name (protocols §5.3, `gradingPeriodSchoolYear`).
 */
function memberNames(path: string): string[] {
  const [member = "", reference = ""] = path.split(".").reverse();
  const role = /^(\w+)Reference$/.exec(reference)?.[1];
  return role === undefined ? [member] : [`${role}${member.charAt(0).toUpperCase()}${member.slice(1)}`, member];
}

/**
 * The key that a record has from a change of it on; NULL where the feed does not tell all of it, and in other rows, whose JSON is not read for
 * this.
 */
function newKey(key: CurrentView["key"]): string {
  const paths = key.map((part) => part.flatMap(memberNames).map((name) => `$.newKeyValues.${name}`));
  return `if(op = 'key_change', concat(${paths.map(keyPart).join(", '\\u001f', ")}), null)`;
}

/** The rows that count: all since the last succeeded full run. */
function seenSinceFullRun({ connector, endpoint, oldestDay, keyMayChange = false }: CurrentView): string {
  const ops = keyMayChange ? "'upsert', 'delete', 'key_change'" : "'upsert', 'delete'";
  const since = oldestDay ? `\n        and raw.extracted_at >= timestamp '${oldestDay} 00:00:00+00'` : "";
  return `with full_runs as (
    select source_id, school_year, max(run_started_at) as started_at
    from ops.runs
    where connector = '${connector}' and endpoint = '${endpoint}' and mode = 'full' and status = 'succeeded'
    group by source_id, school_year
),

seen as (
    select raw.*
    from ${rawDataset(connector)}.${endpoint} as raw
    left join full_runs
        on raw.source_id = full_runs.source_id and raw.school_year = full_runs.school_year
    where raw.op in (${ops})
        and (full_runs.started_at is null or raw.run_started_at >= full_runs.started_at)${since}
)`;
}

/** The rows that count where a full run holds a part of the records: of each part those of the last run that held it. */
function seenByPart({ connector, endpoint }: CurrentView, part: string): string {
  return `with full_runs as (
    select distinct source_id, school_year, run_id
    from ops.runs
    where connector = '${connector}' and endpoint = '${endpoint}' and mode = 'full' and status = 'succeeded'
),

seen as (
    select raw.*
    from ${rawDataset(connector)}.${endpoint} as raw
    inner join full_runs
        on raw.source_id = full_runs.source_id
            and raw.school_year = full_runs.school_year
            and raw.run_id = full_runs.run_id
    where raw.op = 'upsert'
    qualify raw.run_started_at = max(raw.run_started_at) over (
        partition by raw.source_id, raw.school_year, json_value(raw.data, '${part}')
    )
)`;
}

/** The newest row of each natural key among the live records. */
const byOwnKey = `latest_of_id as (
    select *
    from keyed
    where true
    qualify row_number() over (
        partition by source_id, school_year, record_id
        order by if(op = 'delete', 1, 0) desc, change_version desc, extracted_at desc, row_hash
    ) = 1
),

live as (
    select *
    from latest_of_id
    where op = 'upsert'
    qualify row_number() over (
        partition by source_id, school_year, natural_key
        order by change_version desc, extracted_at desc, record_id
    ) = 1
)`;

/**
 * As {@link byOwnKey}, for records that may get another key. One that did stands under its new key from then on, also where its row was not read
 * since: Ed-Fi lists no delete of a record whose key lives again, so one that was renamed, deleted and created anew would else stay
 * live under the old key. Nothing is lost by it: a record without a rival under its new key stays.
 */
const byKeyOfThen = `latest_of_id as (
    select
        *,
        max(concat(lpad(cast(change_version as string), 20, '0'), new_key)) over (
            partition by source_id, school_year, record_id
        ) as key_change
    from keyed
    where true
    qualify row_number() over (
        partition by source_id, school_year, record_id
        order by
            if(op = 'key_change', 1, 0), if(op = 'delete', 1, 0) desc, change_version desc, extracted_at desc, row_hash
    ) = 1
),

renamed as (
    select
        *,
        safe_cast(substr(key_change, 1, 20) as int64) > change_version as is_renamed
    from latest_of_id
    where op = 'upsert'
),

live as (
    select *
    from renamed
    where true
    qualify row_number() over (
        partition by source_id, school_year, if(is_renamed, substr(key_change, 21), natural_key)
        order by
            if(is_renamed, safe_cast(substr(key_change, 1, 20) as int64), change_version) desc,
            extracted_at desc,
            record_id
    ) = 1
)`;

/**
 * The SELECT of a `current_` view: the log folded to one live row per natural key (DESIGN §2.1). It does not care about the order
 * or the number of times that rows arrived: it starts at the last succeeded full run; per API id a delete is final; then the
 * newest row of a natural key wins.
 */
export function currentViewSelect(view: CurrentView): string {
  const { key, replaces, keyMayChange = false } = view;
  const keys = [`${naturalKey(key)} as natural_key`, ...(keyMayChange ? [`${newKey(key)} as new_key`] : [])];
  return `${replaces === undefined ? seenSinceFullRun(view) : seenByPart(view, replaces)},

keyed as (
    select *, ${keys.join(", ")}
    from seen
),

${keyMayChange ? byKeyOfThen : byOwnKey}

select source_id, school_year, record_id, change_version, run_id, extracted_at, row_hash, data
from live`;
}

/** The statement that writes the view anew. */
export function createCurrentView(view: CurrentView): string {
  const name = `${currentDataset(view.connector)}.${view.endpoint}`;
  return `create or replace view ${name}\noptions (description = 'Live records of ${view.endpoint}, one per natural key.')\nas\n${currentViewSelect(view)}`;
}
