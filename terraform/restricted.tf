# Marts row by row: each reader sees the students that marts.rls_user_student_data_authorization gives to their address. The views are
# let into marts themselves, so their readers need no right to it, and they outlive the tables below them, which a refresh replaces.
# A row access policy would not: it goes with the table that it is on.

locals {
  restricted = length(var.restricted_models) > 0 ? { restricted = "Marts, for each reader the students they may see" } : {}
}

resource "google_bigquery_dataset" "restricted" {
  for_each = local.restricted

  project                    = var.project_id
  dataset_id                 = each.key
  location                   = local.bigquery_location
  description                = each.value
  labels                     = local.labels
  delete_contents_on_destroy = true

  dynamic "default_encryption_configuration" {
    for_each = local.key_ids

    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  lifecycle {
    ignore_changes = [access]
  }

  depends_on = [time_sleep.services, google_kms_crypto_key_iam_member.agent]
}

resource "google_bigquery_table" "restricted" {
  for_each = var.restricted_models

  project             = var.project_id
  dataset_id          = google_bigquery_dataset.restricted["restricted"].dataset_id
  table_id            = each.value
  description         = "Rows of marts.${each.value} about students whom the reader may see"
  labels              = local.labels
  deletion_protection = false

  view {
    use_legacy_sql = false
    query          = <<-SQL
      select model.*
      from `${var.project_id}.marts.${each.value}` as model
      where exists (
          select 1
          from `${var.project_id}.marts.rls_user_student_data_authorization` as rights
          where rights.student_key = model.student_key
              and rights.email = lower(session_user())
      )
    SQL
  }
}

resource "google_bigquery_dataset_access" "restricted" {
  for_each = var.restricted_models

  project    = var.project_id
  dataset_id = google_bigquery_dataset.dataset["marts"].dataset_id

  view {
    project_id = var.project_id
    dataset_id = google_bigquery_table.restricted[each.value].dataset_id
    table_id   = google_bigquery_table.restricted[each.value].table_id
  }
}

resource "google_bigquery_dataset_iam_member" "reads_restricted" {
  for_each = length(var.restricted_models) > 0 ? var.restricted_readers : []

  project    = var.project_id
  dataset_id = google_bigquery_dataset.restricted["restricted"].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value
}
