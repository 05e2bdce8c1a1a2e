# One job per source, endpoint and mode, made from the connector files and the sources file.
#
# The endpoints of a source begin within the same five minutes, for these are one round: all its runs end at the same change version
# (docs/contracts.md). Each source has five minutes of its own. What finds no free instance is delivered again, up to 30 times.

locals {
  round_minutes = 5

  # Minutes after the hour of a mode; after three hours they begin anew, so that no source is pushed over midnight.
  source_minutes = { for index, id in sort(keys(local.sources)) : id => index * local.round_minutes % 180 }

  modes = {
    delta = var.delta
    full  = var.full
  }

  schedules = merge([
    for mode, times in local.modes : {
      for index, target in local.targets : "${target.source}-${target.endpoint}-${mode}" => {
        cron = format(
          "%d %d * * %s",
          local.source_minutes[target.source] % 60 + index % local.round_minutes,
          times.hour + floor(local.source_minutes[target.source] / 60),
          times.days,
        )
        # shared/messages/extract.ts; without a school year it means all years of the source.
        message = {
          v        = 1
          source   = target.source
          endpoint = target.endpoint
          mode     = mode
          trigger  = "schedule"
        }
      }
    }
  ]...)
}

resource "google_cloud_scheduler_job" "extract" {
  for_each = local.schedules

  name        = "extract-${each.key}"
  project     = var.project_id
  region      = var.region
  description = "Reads ${each.value.message.endpoint} of ${each.value.message.source} (${each.value.message.mode})"
  schedule    = each.value.cron
  time_zone   = local.time_zone
  paused      = var.paused

  retry_config {
    retry_count          = 3
    min_backoff_duration = "10s"
    max_backoff_duration = "300s"
  }

  pubsub_target {
    topic_name = google_pubsub_topic.function["extract"].id
    data       = base64encode(jsonencode(each.value.message))
  }

  depends_on = [time_sleep.services]
}

resource "google_cloud_scheduler_job" "reconcile" {
  name        = "reconcile"
  project     = var.project_id
  region      = var.region
  description = "Looks for what an event lost"
  schedule    = "*/15 * * * *"
  time_zone   = "UTC"
  paused      = var.paused

  retry_config {
    retry_count          = 1
    min_backoff_duration = "10s"
    max_backoff_duration = "60s"
  }

  pubsub_target {
    topic_name = google_pubsub_topic.function["reconcile"].id
    data       = base64encode(jsonencode({ v = 1, reason = "schedule" }))
  }

  depends_on = [time_sleep.services]
}
