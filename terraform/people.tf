# What people may do with their own credentials. Nobody gets more by default.

resource "google_bigquery_dataset_iam_member" "reads_marts" {
  for_each = var.readers

  project    = var.project_id
  dataset_id = google_bigquery_dataset.dataset["marts"].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value
}

resource "google_project_iam_member" "people_query" {
  for_each = setunion(var.readers, var.restricted_readers, var.operators)

  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = each.value
}

# `rollcall publish` and `rollcall replay` publish to the functions' topics; `status` and `replay` read the dead letters.
resource "google_pubsub_topic_iam_member" "operators" {
  for_each = { for pair in setproduct(var.operators, keys(local.functions)) : join(" ", pair) => { member = pair[0], topic = pair[1] } }

  project = var.project_id
  topic   = google_pubsub_topic.function[each.value.topic].name
  role    = "roles/pubsub.publisher"
  member  = each.value.member
}

resource "google_pubsub_subscription_iam_member" "operators" {
  for_each = var.operators

  project      = var.project_id
  subscription = google_pubsub_subscription.dead_letter.name
  role         = "roles/pubsub.subscriber"
  member       = each.value
}

# Watermarks and marks: no student data. `publish` announces an endpoint there.
resource "google_storage_bucket_iam_member" "operators_control" {
  for_each = var.operators

  bucket = google_storage_bucket.control.name
  role   = "roles/storage.objectUser"
  member = each.value
}

# `rollcall runs` looks which runs have a manifest, and `replay` finds a run by it. Pages are not theirs to read.
resource "google_storage_bucket_iam_member" "operators_list" {
  for_each = var.operators

  bucket = google_storage_bucket.landing.name
  role   = google_project_iam_custom_role.landing_lister.name
  member = each.value
}

resource "google_storage_bucket_iam_member" "operators_manifests" {
  for_each = var.operators

  bucket = google_storage_bucket.landing.name
  role   = "roles/storage.objectViewer"
  member = each.value

  condition {
    title       = "only manifests"
    description = "They hold counts and names of parts, and no record."
    expression  = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.landing.name}/objects/manifests/\")"
  }
}

resource "google_bigquery_dataset_iam_member" "operators_ledger" {
  for_each = var.operators

  project    = var.project_id
  dataset_id = google_bigquery_dataset.dataset["ops"].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value
}

resource "google_project_iam_audit_config" "access" {
  for_each = var.audit_data_access ? toset(["secretmanager.googleapis.com", "storage.googleapis.com"]) : []

  project = var.project_id
  service = each.value

  audit_log_config {
    log_type = "DATA_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }
}
