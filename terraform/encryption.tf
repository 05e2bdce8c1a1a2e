# A key of this project for what lies still: objects, messages, tables, secrets. Whoever turns the key off turns all of it off.

resource "google_kms_key_ring" "rollcall" {
  count = var.own_key ? 1 : 0

  project  = var.project_id
  name     = "rollcall"
  location = var.region

  depends_on = [time_sleep.services]
}

resource "google_kms_crypto_key" "data" {
  count = var.own_key ? 1 : 0

  name            = "data"
  key_ring        = google_kms_key_ring.rollcall[0].id
  rotation_period = "7776000s"
  labels          = local.labels

  lifecycle {
    prevent_destroy = true
  }
}

locals {
  key_ids = google_kms_crypto_key.data[*].id

  key_users = {
    storage       = data.google_storage_project_service_account.agent.member
    bigquery      = data.google_bigquery_default_service_account.agent.member
    pubsub        = google_project_service_identity.agent["pubsub.googleapis.com"].member
    secretmanager = google_project_service_identity.agent["secretmanager.googleapis.com"].member
  }
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = { for name, member in local.key_users : name => member if var.own_key }

  crypto_key_id = google_kms_crypto_key.data[0].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}
