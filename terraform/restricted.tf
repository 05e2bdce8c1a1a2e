# Marts row by row: each reader sees the students that marts.rls_user_student_data_authorization gives to their address. refresh makes a
# view of each mart that is about students (docs/security.md), and keeps it in step with the mart's columns. The dataset of the views is let
# into marts as a whole, so its readers need no right to marts, and have none at any moment of a build.

locals {
  restricted = length(var.restricted_readers) > 0 ? { restricted = "Marts, for each reader the students they may see" } : {}
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

resource "google_bigquery_dataset_iam_member" "writes_restricted" {
  for_each = local.restricted

  project    = var.project_id
  dataset_id = google_bigquery_dataset.restricted[each.key].dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.function["refresh"].member
}

resource "google_bigquery_dataset_access" "restricted" {
  for_each = local.restricted

  project    = var.project_id
  dataset_id = google_bigquery_dataset.dataset["marts"].dataset_id

  dataset {
    dataset {
      project_id = var.project_id
      dataset_id = google_bigquery_dataset.restricted[each.key].dataset_id
    }
    target_types = ["VIEWS"]
  }
}

resource "google_bigquery_dataset_iam_member" "reads_restricted" {
  for_each = var.restricted_readers

  project    = var.project_id
  dataset_id = google_bigquery_dataset.restricted["restricted"].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value
}
