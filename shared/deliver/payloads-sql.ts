import { settlingStatuses, surelySettlingStatuses } from "./ledger.ts";
import type { DeliveredResource } from "./payloads.ts";

/** What the statements about payloads and their ledger have in common (warehouse-payloads.ts). */

/**
 * The rows of the ledger that are about one scope. Not only those of the source that is sent now: what the target has, it has, and a delivery
 * whose rows come from another source from now on sends nothing of it again.
 */
export const ofScope = `delivery = @delivery and target = @target
        and resource = @resource and school_year = @school_year`;

/**
 * Of each record the last row; the last one after which the target has something of it, or may have; and the last of which it is sure.
 * They need not be the same: a payload that was refused leaves what was there, and one whose answer was lost leaves either. Where several
 * rows are one record to the target, its holder is the one that was sent last.
 */
export const ledger = `last_attempt as (
    select
        record_key,
        status,
        run_id,
        payload_hash as last_hash,
        attempt,
        unix_millis(attempted_at) as attempted_ms,
        natural_key
    from ops.deliveries
    where ${ofScope}
    qualify row_number() over (partition by record_key order by attempted_at desc, sequence desc) = 1
),

settled as (
    select
        record_key,
        status as settled_status,
        payload_hash as settled_hash,
        natural_key,
        first_value(record_key) over (
            partition by coalesce(natural_key, record_key) order by attempted_at desc, sequence desc
        ) as holder
    from ops.deliveries
    where ${ofScope}
        and status in (${settlingStatuses})
    qualify row_number() over (partition by record_key order by attempted_at desc, sequence desc) = 1
),

sure as (
    select record_key, status in ('created', 'updated', 'exists') as is_there
    from ops.deliveries
    where ${ofScope}
        and status in (${surelySettlingStatuses})
    qualify row_number() over (partition by record_key order by attempted_at desc, sequence desc) = 1
),

claimed as (
    select distinct last_attempt.natural_key
    from last_attempt
    inner join payloads on payloads.record_key = last_attempt.record_key
    where last_attempt.natural_key is not null
),

gone as (
    select settled.record_key, settled.natural_key
    from settled
    left join payloads on settled.record_key = payloads.record_key
    left join claimed on settled.natural_key = claimed.natural_key
    where settled.settled_status not in ('deleted', 'gone')
        and settled.holder = settled.record_key
        and payloads.record_key is null
        and claimed.natural_key is null
)`;

export function changedAtOf({ hasChangedAt }: DeliveredResource): string {
  return hasChangedAt ? "coalesce(format_timestamp('%Y-%m-%dT%H:%M:%E6S', changed_at), '')" : "''";
}

export function payloadsOf(resource: DeliveredResource): string {
  return `payloads as (
    select
        record_key,
        to_json_string(payload) as payload,
        to_hex(sha256(to_json_string(payload))) as payload_hash,
        ${changedAtOf(resource)} as changed_at
    from ${resource.table}
    where source_id = @source and school_year = @school_year
)`;
}

/** Delivered as it is: the last thing that the target has of it, or may have, is surely this payload. */
export const isCurrent = `settled.settled_status in ('created', 'updated', 'exists')
            and settled.settled_hash = payloads.payload_hash
            and settled.holder = settled.record_key`;
