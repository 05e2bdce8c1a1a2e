# Few alerts, each for something that a person must look at, each with the headings of docs/runbook.md that say what to do.

locals {
  subscription_names = join(" OR ", [for name in keys(local.functions) : "resource.label.subscription_id = \"${name}\""])

  # What is counted, how much of it is too much, and for how long.
  alerts = {
    dead_letters = {
      title     = "Messages were set aside"
      filter    = "metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type = \"pubsub_subscription\" AND resource.label.subscription_id = \"${google_pubsub_subscription.dead_letter.name}\""
      threshold = 0
      duration  = "0s"
      period    = "300s"
      aligner   = "ALIGN_MAX"
      headings  = ["A message became a dead letter"]
    }
    waiting = {
      title     = "A message has waited for two hours"
      filter    = "metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type = \"pubsub_subscription\" AND (${local.subscription_names})"
      threshold = 7200
      duration  = "300s"
      period    = "300s"
      aligner   = "ALIGN_MAX"
      headings  = ["A run stands still", "Nothing is delivered to a function"]
    }
    not_loaded = {
      title     = "Runs were not loaded"
      filter    = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["runs_not_loaded"].name}\" AND resource.type = \"cloud_run_revision\""
      threshold = 0
      duration  = "0s"
      period    = "3600s"
      aligner   = "ALIGN_DELTA"
      headings  = ["Where to look first"]
    }
    stale = {
      title     = "Endpoints were not loaded for too long"
      filter    = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["endpoints_stale"].name}\" AND resource.type = \"cloud_run_revision\""
      threshold = 0
      duration  = "0s"
      period    = "3600s"
      aligner   = "ALIGN_DELTA"
      headings  = ["Endpoints are stale"]
    }
    models_failed = {
      title     = "Models were not built"
      filter    = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["models_failed"].name}\" AND resource.type = \"cloud_run_revision\""
      threshold = 0
      duration  = "0s"
      period    = "3600s"
      aligner   = "ALIGN_DELTA"
      headings  = ["A model failed its tests", "A model cannot be built"]
    }
    incomplete = {
      title     = "A delivery did not bring everything"
      filter    = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["deliveries_incomplete"].name}\" AND resource.type = \"cloud_run_revision\""
      threshold = 0
      duration  = "0s"
      period    = "3600s"
      aligner   = "ALIGN_DELTA"
      headings  = ["A delivery did not bring everything"]
    }
    overdue = {
      title     = "A delivery is overdue"
      filter    = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["deliveries_overdue"].name}\" AND resource.type = \"cloud_run_revision\""
      threshold = 0
      duration  = "0s"
      period    = "3600s"
      aligner   = "ALIGN_DELTA"
      headings  = ["A delivery stands still"]
    }
    memory = {
      title     = "A function is short of memory"
      filter    = "metric.type = \"run.googleapis.com/container/memory/utilizations\" AND resource.type = \"cloud_run_revision\""
      threshold = 0.9
      duration  = "600s"
      period    = "300s"
      aligner   = "ALIGN_PERCENTILE_99"
      headings  = ["A run is given up after many beginnings"]
    }
  }
}

# A policy about a metric that was made a moment ago is refused: "Cannot find metric".
resource "time_sleep" "metrics" {
  create_duration = "120s"

  triggers = { metrics = join(",", sort(keys(local.counters))) }

  depends_on = [google_logging_metric.count, google_logging_metric.rows, google_logging_metric.age]
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  project      = var.project_id
  display_name = "Rollcall: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }

  depends_on = [time_sleep.services]
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.alerts

  project               = var.project_id
  display_name          = "Rollcall: ${each.value.title}"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  user_labels           = local.labels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = each.value.duration

      aggregations {
        alignment_period     = each.value.period
        per_series_aligner   = each.value.aligner
        cross_series_reducer = "REDUCE_MAX"
      }

      trigger {
        count = 1
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "In docs/runbook.md: ${join("; ", each.value.headings)}"
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [time_sleep.metrics]
}

# The reconciler speaks every quarter of an hour. If it is silent, schedules, topics or functions do not work.
resource "google_monitoring_alert_policy" "silence" {
  project               = var.project_id
  display_name          = "Rollcall: nothing has been heard for an hour"
  combiner              = "OR"
  severity              = "CRITICAL"
  enabled               = !var.paused
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  user_labels           = local.labels

  conditions {
    display_name = "No sweep of the reconciler"

    condition_absent {
      filter   = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["reconciled"].name}\" AND resource.type = \"cloud_run_revision\""
      duration = "3600s"

      aggregations {
        alignment_period     = "900s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }

      trigger {
        count = 1
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "In docs/runbook.md: Nothing is delivered to a function"
  }

  depends_on = [time_sleep.metrics]
}

# Jobs that could not publish at all leave a line in the log and nothing else.
resource "google_monitoring_alert_policy" "scheduler" {
  project               = var.project_id
  display_name          = "Rollcall: a schedule could not publish"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  user_labels           = local.labels

  conditions {
    display_name = "Cloud Scheduler reports an error"

    condition_matched_log {
      filter = "resource.type=\"cloud_scheduler_job\" AND severity>=ERROR"
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "In docs/runbook.md: Nothing is delivered to a function"
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "3600s"
    }
  }

  depends_on = [time_sleep.services]
}
