# What the functions log, as numbers over time. The texts are those of the code; a test looks for them there.

locals {
  from_functions = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(${join(" OR ", [for name in keys(local.functions) : "\"${name}\""])})"

  counters = {
    runs_loaded = {
      description = "Runs whose rows are in the warehouse"
      messages    = ["loaded"]
      labels      = ["source_id", "endpoint", "mode"]
    }
    runs_not_loaded = {
      description = "Runs that were given up, forbidden or set aside"
      messages    = ["load: the run was not loaded"]
      labels      = ["source_id", "endpoint", "status"]
    }
    runs_repaired = {
      description = "What an event lost and the reconciler took up"
      messages = [
        "a manifest was not loaded; asking again",
        "a run stopped in the middle; continuing it",
        "a delivery stopped in the middle; continuing it",
        "a delivery was not begun; asking again",
      ]
      labels = ["source_id", "endpoint"]
    }
    models_built = {
      description = "Models that were built"
      messages    = ["model built"]
      labels      = ["model"]
    }
    models_failed = {
      description = "Models that kept their old rows"
      messages    = ["model failed"]
      labels      = ["model"]
    }
    dead_letters = {
      description = "Messages that a function set aside"
      messages    = ["dead letter"]
      labels      = ["function"]
    }
    source_asked_again = {
      description = "Requests that a source did not answer as it should"
      messages    = ["asking the source again"]
      labels      = []
    }
    endpoints_stale = {
      description = "Looks of the reconciler that found endpoints not loaded for too long"
      messages    = ["endpoints are stale: they were not loaded for too long"]
      labels      = ["source_id"]
    }
    # The label source_id holds the delivery, as it does in their log lines.
    deliveries_incomplete = {
      description = "Deliveries that ended without all that they were to bring"
      messages    = ["delivery finished, but not everything was taken"]
      labels      = ["source_id", "outcome"]
    }
    deliveries_overdue = {
      description = "Looks of the reconciler that found a delivery that does not move, however often it was asked for"
      messages    = ["a delivery is overdue: it was asked for again and again, and does not move"]
      labels      = ["source_id"]
    }
    reconciled = {
      description = "Sweeps of the reconciler"
      messages    = ["reconciled"]
      labels      = []
    }
  }
}

resource "google_logging_metric" "count" {
  for_each = local.counters

  project     = var.project_id
  name        = "rollcall/${each.key}"
  description = each.value.description
  filter      = "${local.from_functions} AND jsonPayload.message=(${join(" OR ", [for text in each.value.messages : jsonencode(text)])})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  label_extractors = { for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})" }

  depends_on = [time_sleep.services]
}

resource "google_logging_metric" "rows" {
  project         = var.project_id
  name            = "rollcall/rows_loaded"
  description     = "Rows that a run brought"
  filter          = "${local.from_functions} AND jsonPayload.message=\"loaded\""
  value_extractor = "EXTRACT(jsonPayload.rows)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"

    labels {
      key        = "endpoint"
      value_type = "STRING"
    }
  }

  label_extractors = { endpoint = "EXTRACT(jsonPayload.endpoint)" }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 24
      growth_factor      = 2
      scale              = 1
    }
  }

  depends_on = [time_sleep.services]
}

# A gauge of how old the data are: with each look of the reconciler, the hours since the oldest endpoint of a source was loaded.
resource "google_logging_metric" "age" {
  project         = var.project_id
  name            = "rollcall/hours_since_load"
  description     = "Hours since the endpoint of a source was loaded that has waited longest"
  filter          = "${local.from_functions} AND jsonPayload.message=(\"endpoints are fresh\" OR \"endpoints are stale: they were not loaded for too long\")"
  value_extractor = "EXTRACT(jsonPayload.hours)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "h"

    labels {
      key        = "source_id"
      value_type = "STRING"
    }
  }

  label_extractors = { source_id = "EXTRACT(jsonPayload.source_id)" }

  bucket_options {
    linear_buckets {
      num_finite_buckets = 100
      width              = 2
      offset             = 0
    }
  }

  depends_on = [time_sleep.services]
}

# Lines hold no student data (shared/log.ts lists what they may hold), but they say when who was read.
resource "google_logging_project_bucket_config" "default" {
  project        = var.project_id
  location       = "global"
  bucket_id      = "_Default"
  retention_days = var.log_retention_days

  depends_on = [time_sleep.services]
}
