# One page: what came, what did not, what waits, what it used.

locals {
  charts = [
    { title = "Runs loaded", metric = "logging.googleapis.com/user/rollcall/runs_loaded", aligner = "ALIGN_DELTA", by = ["metric.label.source_id"] },
    { title = "Runs not loaded", metric = "logging.googleapis.com/user/rollcall/runs_not_loaded", aligner = "ALIGN_DELTA", by = ["metric.label.status"] },
    { title = "Runs repaired", metric = "logging.googleapis.com/user/rollcall/runs_repaired", aligner = "ALIGN_DELTA", by = [] },
    { title = "Hours since the oldest endpoint was loaded", metric = "logging.googleapis.com/user/rollcall/hours_since_load", aligner = "ALIGN_PERCENTILE_99", by = ["metric.label.source_id"] },
    { title = "Models built", metric = "logging.googleapis.com/user/rollcall/models_built", aligner = "ALIGN_DELTA", by = [] },
    { title = "Models failed", metric = "logging.googleapis.com/user/rollcall/models_failed", aligner = "ALIGN_DELTA", by = ["metric.label.model"] },
    { title = "Deliveries that did not bring everything", metric = "logging.googleapis.com/user/rollcall/deliveries_incomplete", aligner = "ALIGN_DELTA", by = ["metric.label.source_id"] },
    { title = "Deliveries overdue", metric = "logging.googleapis.com/user/rollcall/deliveries_overdue", aligner = "ALIGN_DELTA", by = ["metric.label.source_id"] },
    { title = "Requests asked again", metric = "logging.googleapis.com/user/rollcall/source_asked_again", aligner = "ALIGN_DELTA", by = [] },
    { title = "Messages waiting", metric = "pubsub.googleapis.com/subscription/num_undelivered_messages", aligner = "ALIGN_MAX", by = ["resource.label.subscription_id"] },
    { title = "Oldest message, seconds", metric = "pubsub.googleapis.com/subscription/oldest_unacked_message_age", aligner = "ALIGN_MAX", by = ["resource.label.subscription_id"] },
    { title = "Instances", metric = "run.googleapis.com/container/instance_count", aligner = "ALIGN_MAX", by = ["resource.label.service_name"] },
    { title = "Memory, share of what a function has", metric = "run.googleapis.com/container/memory/utilizations", aligner = "ALIGN_PERCENTILE_99", by = ["resource.label.service_name"] },
  ]
}

resource "google_monitoring_dashboard" "rollcall" {
  project = var.project_id

  dashboard_json = jsonencode({
    displayName = "Rollcall"
    labels      = { app = "" }
    mosaicLayout = {
      columns = 48
      tiles = [
        for index, chart in local.charts : {
          xPos   = index % 2 * 24
          yPos   = floor(index / 2) * 16
          width  = 24
          height = 16
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = "metric.type=\"${chart.metric}\""
                    aggregation = {
                      alignmentPeriod    = "300s"
                      perSeriesAligner   = chart.aligner
                      crossSeriesReducer = chart.aligner == "ALIGN_DELTA" ? "REDUCE_SUM" : "REDUCE_MAX"
                      groupByFields      = chart.by
                    }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })

  depends_on = [time_sleep.services, google_logging_metric.count, google_logging_metric.age]
}
