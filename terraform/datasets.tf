# Datasets, with the names that the code uses. Their tables are the code's: raw tables and ops.runs are made with the first load, views
# and models with the first refresh, each with the columns of the version that is deployed.

locals {
  datasets = merge(
    { ops = "What happened: runs, builds, tests" },
    { for name in local.raw_datasets : name => "Every record seen, as the API sent it; rows are only added" },
    { for name in local.current_datasets : name => "Live records, one per natural key" },
    { for name in local.model_datasets : name => "Models of sql/${name}" },
  )
}

resource "google_bigquery_dataset" "dataset" {
  for_each = local.datasets

  project                    = var.project_id
  dataset_id                 = each.key
  location                   = local.bigquery_location
  description                = each.value
  labels                     = local.labels
  delete_contents_on_destroy = false
  # How long what was deleted or overwritten can be read still: a retention of student data, too.
  max_time_travel_hours = "168"

  dynamic "default_encryption_configuration" {
    for_each = local.key_ids

    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  # Views and row filters are let in by resources of their own.
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [access]
  }

  depends_on = [time_sleep.services, google_kms_crypto_key_iam_member.agent]
}
