# A topic for each function, and one for what could not be handled.

resource "google_pubsub_topic" "function" {
  for_each = local.functions

  name         = each.key
  project      = var.project_id
  labels       = local.labels
  kms_key_name = one(local.key_ids)

  # What was delivered can be delivered once more (gcloud pubsub subscriptions seek).
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [time_sleep.services, google_kms_crypto_key_iam_member.agent]
}

resource "google_pubsub_topic" "dead_letter" {
  name         = "dead-letter"
  project      = var.project_id
  labels       = local.labels
  kms_key_name = one(local.key_ids)

  message_retention_duration = "2678400s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [time_sleep.services, google_kms_crypto_key_iam_member.agent]
}

# A topic without a subscription loses what is published to it. `rollcall status` and `rollcall replay` read this one.
resource "google_pubsub_subscription" "dead_letter" {
  name                       = "dead-letter"
  project                    = var.project_id
  topic                      = google_pubsub_topic.dead_letter.id
  labels                     = local.labels
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

# Subscriptions of our own rather than those of a function's trigger, which have neither a dead letter nor a deadline that can be set.
# A subscription is named as its function: `rollcall replay` takes from it whose message a dead letter was.
resource "google_pubsub_subscription" "function" {
  for_each = local.functions

  name                       = each.key
  project                    = var.project_id
  topic                      = google_pubsub_topic.function[each.key].id
  labels                     = local.labels
  ack_deadline_seconds       = local.ack_seconds
  message_retention_duration = "604800s"
  enable_message_ordering    = false

  expiration_policy {
    ttl = ""
  }

  # A message that finds no free instance counts as a delivery, too: a night of many endpoints must not end as dead letters.
  retry_policy {
    minimum_backoff = "30s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter.id
    max_delivery_attempts = 30
  }

  push_config {
    # The functions framework reads the topic from the path. The audience is the bare address.
    push_endpoint = "${google_cloudfunctions2_function.function[each.key].service_config[0].uri}/${google_pubsub_topic.function[each.key].id}"

    oidc_token {
      service_account_email = google_service_account.push[each.key].email
      audience              = google_cloudfunctions2_function.function[each.key].service_config[0].uri
    }
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.push,
    google_service_account_iam_member.push_token,
    google_pubsub_topic_iam_member.dead_letter_forwards,
  ]
}

# A function is a Cloud Run service: that is what may be called. The binding goes with a function that is made anew.
resource "google_cloud_run_v2_service_iam_member" "push" {
  for_each = local.functions

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.push[each.key].member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function[each.key].id]
  }
}

# Pub/Sub makes the tokens of the push identities.
resource "google_service_account_iam_member" "push_token" {
  for_each = local.functions

  service_account_id = google_service_account.push[each.key].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_project_service_identity.agent["pubsub.googleapis.com"].member
}

# Without these two, messages that are given up are not set aside, and nothing says so.
resource "google_pubsub_topic_iam_member" "dead_letter_forwards" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letter.name
  role    = "roles/pubsub.publisher"
  member  = google_project_service_identity.agent["pubsub.googleapis.com"].member
}

resource "google_pubsub_subscription_iam_member" "dead_letter_takes" {
  for_each = local.functions

  project      = var.project_id
  subscription = google_pubsub_subscription.function[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = google_project_service_identity.agent["pubsub.googleapis.com"].member
}
