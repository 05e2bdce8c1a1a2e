# Three buckets: pages as received (student data), control objects (none), and the artefacts that functions are built from.

resource "google_storage_bucket" "landing" {
  name                        = "${var.project_id}-landing"
  project                     = var.project_id
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = local.labels

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 24 * 60 * 60
  }

  # Parts are read once, by the load that follows, and then only to load a run again.
  lifecycle_rule {
    action {
      type          = "SetStorageClass"
      storage_class = "NEARLINE"
    }

    condition {
      age            = 30
      matches_suffix = [".ndjson.gz"]
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.landing_delete_after_days == null ? [] : [var.landing_delete_after_days]

    content {
      action {
        type = "Delete"
      }

      condition {
        age = lifecycle_rule.value
      }
    }
  }

  dynamic "encryption" {
    for_each = local.key_ids

    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [time_sleep.services, google_kms_crypto_key_iam_member.agent]
}

resource "google_storage_bucket" "control" {
  name                        = "${var.project_id}-control"
  project                     = var.project_id
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = local.labels

  # Leases and checkpoints are written many times a minute; what they were is of no use.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # A run that nobody has taken up for so long is over. Watermarks and the states of models are never deleted.
  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age            = 60
      matches_prefix = ["checkpoints/", "in-flight/", "leases/", "slots/", "tokens/"]
    }
  }

  dynamic "encryption" {
    for_each = local.key_ids

    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [time_sleep.services, google_kms_crypto_key_iam_member.agent]
}

resource "google_storage_bucket" "source" {
  name                        = "${var.project_id}-source"
  project                     = var.project_id
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = local.labels

  # No lifecycle rule: the artefact in use may be the oldest.
  versioning {
    enabled = true
  }

  depends_on = [time_sleep.services]
}

# A manifest is the commit of an extraction: load is told of it, and of nothing else in landing.
resource "google_storage_notification" "manifests" {
  bucket             = google_storage_bucket.landing.name
  topic              = google_pubsub_topic.function["load"].id
  payload_format     = "JSON_API_V1"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = "manifests/"

  depends_on = [google_pubsub_topic_iam_member.storage_announces]
}

resource "google_pubsub_topic_iam_member" "storage_announces" {
  project = var.project_id
  topic   = google_pubsub_topic.function["load"].name
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.agent.member
}
