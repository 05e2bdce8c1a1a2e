# What each function may do, from its row in functions.tf. Always single bindings: what others have granted is left alone.

# Pages are created and never read by those who write them. Cloud Storage asks for `delete` wherever an upload meets an object: without it
# a repeated upload would be told "forbidden" rather than "it is there already", which is what extract understands. `list` decides
# whether an object that is not there is "not found" or "forbidden". Neither gives a look at a record.
resource "google_project_iam_custom_role" "landing_writer" {
  project     = var.project_id
  role_id     = "rollcall_landing_writer"
  title       = "Rollcall: writes into landing"
  permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.list"]

  depends_on = [time_sleep.services]
}

resource "google_project_iam_custom_role" "landing_lister" {
  project     = var.project_id
  role_id     = "rollcall_landing_lister"
  title       = "Rollcall: lists landing"
  permissions = ["storage.objects.list"]

  depends_on = [time_sleep.services]
}

locals {
  landing_roles = {
    writer = [google_project_iam_custom_role.landing_writer.name]
    lister = [google_project_iam_custom_role.landing_lister.name]
    # A load job asks for the bucket itself, too.
    reader = ["roles/storage.objectViewer", "roles/storage.legacyBucketReader"]
  }

  # Keys are known before anything is made, values need not be.
  landing_grants = merge([
    for name, row in local.functions : merge([
      for kind in row.landing : {
        for index, role in local.landing_roles[kind] : "${name}-${kind}-${index}" => { function = name, role = role }
      }
    ]...)
  ]...)

  topic_grants = merge([
    for name, row in local.functions : { for topic in row.publishes : "${name}-${topic}" => { function = name, topic = topic } }
  ]...)

  dataset_grants = merge([
    for name, row in local.functions : { for dataset in row.edits : "${name}-${dataset}" => { function = name, dataset = dataset } }
  ]...)

  secret_grants = merge([
    for name, row in local.functions : {
      for secret in(name == "deliver" ? local.writing_secrets : local.reading_secrets) : "${name}-${secret}" => { function = name, secret = secret } if row.secrets
    }
  ]...)
}

resource "google_storage_bucket_iam_member" "landing" {
  for_each = local.landing_grants

  bucket = google_storage_bucket.landing.name
  role   = each.value.role
  member = google_service_account.function[each.value.function].member
}

resource "google_storage_bucket_iam_member" "manifests" {
  for_each = { for name, row in local.functions : name => row if row.manifests }

  bucket = google_storage_bucket.landing.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.function[each.key].member

  condition {
    title       = "only manifests"
    description = "They hold counts and names of parts, and no record."
    expression  = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.landing.name}/objects/manifests/\")"
  }
}

# Leases, checkpoints, watermarks and states are everybody's.
resource "google_storage_bucket_iam_member" "control" {
  for_each = local.functions

  bucket = google_storage_bucket.control.name
  role   = "roles/storage.objectUser"
  member = google_service_account.function[each.key].member
}

# What was delivered is loaded into the ledger from control, and a load job asks for the bucket itself, too.
resource "google_storage_bucket_iam_member" "loads_from_control" {
  bucket = google_storage_bucket.control.name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.function["deliver"].member
}

# Deliver reads the payloads, which are the models of sql/delivery.
resource "google_bigquery_dataset_iam_member" "reads_payloads" {
  for_each = toset([for dataset in local.model_datasets : dataset if dataset == "delivery"])

  project    = var.project_id
  dataset_id = google_bigquery_dataset.dataset[each.key].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.function["deliver"].member
}

resource "google_pubsub_topic_iam_member" "publishes" {
  for_each = local.topic_grants

  project = var.project_id
  topic   = google_pubsub_topic.function[each.value.topic].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.function[each.value.function].member
}

resource "google_pubsub_topic_iam_member" "sets_aside" {
  for_each = local.functions

  project = var.project_id
  topic   = google_pubsub_topic.dead_letter.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.function[each.key].member
}

resource "google_project_iam_member" "runs_jobs" {
  for_each = { for name, row in local.functions : name => row if length(row.edits) > 0 }

  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.function[each.key].member
}

resource "google_bigquery_dataset_iam_member" "edits" {
  for_each = local.dataset_grants

  project    = var.project_id
  dataset_id = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.function[each.value.function].member
}

resource "google_secret_manager_secret_iam_member" "reads" {
  for_each = local.secret_grants

  project   = var.project_id
  secret_id = google_secret_manager_secret.source[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}
