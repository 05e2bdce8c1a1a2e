# One row is one function: how much it may use, what it may touch, what it announces.
#
# Times, each longer than the one before: a function works 450 s and hands over; the platform ends it after 540 s; Pub/Sub delivers again
# after 600 s; a lease ends after 720 s, for an instance that was ended may go on for a while.
locals {
  work_seconds  = 450
  timeout       = 540
  ack_seconds   = 600
  lease_seconds = 720

  functions = {
    extract = {
      memory      = "512Mi"
      cpu         = "1"
      concurrency = 1
      instances   = var.extract_instances_max
      publishes   = ["extract"]
      secrets     = true
      landing     = ["writer"]
      manifests   = true
      edits       = []
      egress      = true
      # docs/decisions/2026-11-21-extract-in-little-time-and-memory.md: V8 would let its young generation grow with the time it runs.
      variables = { NODE_OPTIONS = "--max-semi-space-size=4" }
    }
    load = {
      memory      = "512Mi"
      cpu         = "0.583"
      concurrency = 1
      instances   = 10
      publishes   = ["refresh"]
      secrets     = false
      landing     = ["reader"]
      manifests   = false
      edits       = concat(["ops"], local.raw_datasets, local.current_datasets)
      egress      = false
      variables   = {}
    }
    # One refresher works at a time, and triggers that come while it looks share its next look: so one instance takes many messages.
    refresh = {
      memory      = "1Gi"
      cpu         = "1"
      concurrency = 80
      instances   = 1
      publishes   = ["deliver", "refresh"]
      secrets     = false
      landing     = []
      manifests   = false
      edits       = concat(["ops"], local.raw_datasets, local.current_datasets, local.model_datasets)
      egress      = false
      # Columns with pii: true in sql/ get it with each build.
      variables = merge(
        { PERSONAL_POLICY_TAG = google_data_catalog_policy_tag.personal.name },
        { for name in keys(local.restricted) : "RESTRICTED_DATASET" => name },
      )
    }
    # One delivery is sent by one instance at a time; several deliveries, by several.
    deliver = {
      memory      = "512Mi"
      cpu         = "1"
      concurrency = 1
      instances   = 5
      publishes   = ["deliver"]
      secrets     = true
      landing     = []
      manifests   = false
      edits       = ["ops"]
      egress      = true
      variables   = {}
    }
    reconcile = {
      memory      = "512Mi"
      cpu         = "0.583"
      concurrency = 1
      instances   = 1
      publishes   = ["deliver", "extract", "load", "refresh"]
      secrets     = false
      landing     = ["lister"]
      manifests   = true
      # It drops days of raw that nothing needs.
      edits     = concat(["ops"], local.raw_datasets)
      egress    = false
      variables = var.raw_retention_days == null ? {} : { RAW_RETENTION_DAYS = tostring(var.raw_retention_days) }
    }
  }

  # shared/config/environment.ts reads these; a test compares the names.
  environment = merge(
    {
      GOOGLE_CLOUD_PROJECT = var.project_id
      BIGQUERY_LOCATION    = local.bigquery_location
      LANDING_BUCKET       = google_storage_bucket.landing.name
      CONTROL_BUCKET       = google_storage_bucket.control.name
      EXTRACT_TOPIC        = google_pubsub_topic.function["extract"].name
      LOAD_TOPIC           = google_pubsub_topic.function["load"].name
      REFRESH_TOPIC        = google_pubsub_topic.function["refresh"].name
      DELIVER_TOPIC        = google_pubsub_topic.function["deliver"].name
      RECONCILE_TOPIC      = google_pubsub_topic.function["reconcile"].name
      DEAD_LETTER_TOPIC    = google_pubsub_topic.dead_letter.name
      SOURCES_FILE         = "sources.yaml"
      CONNECTORS_FOLDER    = "connectors"
      SQL_FOLDER           = "sql"
      WORK_SECONDS         = tostring(local.work_seconds)
      LEASE_SECONDS        = tostring(local.lease_seconds)
      LOG_EXECUTION_ID     = "true"
    },
    var.maximum_bytes_billed == null ? {} : { MAXIMUM_BYTES_BILLED = tostring(var.maximum_bytes_billed) },
  )
}

# The name holds the hash of the content: the platform builds anew when the name changes, and only then. Earlier artefacts stay, for a
# change of a function's settings builds from its source again, and going back is deploying an earlier one.
resource "google_storage_bucket_object" "artefact" {
  name            = "rollcall-${filesha256(var.artefact)}.zip"
  bucket          = google_storage_bucket.source.name
  source          = var.artefact
  content_type    = "application/zip"
  deletion_policy = "ABANDON"

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  name        = each.key
  project     = var.project_id
  location    = var.region
  description = "Rollcall: ${each.key}"
  labels      = local.labels

  build_config {
    runtime           = "nodejs24"
    entry_point       = each.key
    service_account   = google_service_account.build.id
    docker_repository = google_artifact_registry_repository.images.id
    # The artefact is built already; the platform must not run "npm run build" on it.
    environment_variables = { GOOGLE_NODE_RUN_SCRIPTS = "" }

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.artefact.name
      }
    }

    automatic_update_policy {}
  }

  service_config {
    available_memory                 = each.value.memory
    available_cpu                    = each.value.cpu
    timeout_seconds                  = local.timeout
    min_instance_count               = 0
    max_instance_count               = each.value.instances
    max_instance_request_concurrency = each.value.concurrency
    # Pub/Sub of the same project is inside; nobody else is let in, credentials or not.
    ingress_settings               = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision = true
    service_account_email          = google_service_account.function[each.key].email
    environment_variables          = merge(local.environment, each.value.variables)
    vpc_connector                  = each.value.egress && var.static_egress ? google_vpc_access_connector.egress[0].id : null
    vpc_connector_egress_settings  = each.value.egress && var.static_egress ? "ALL_TRAFFIC" : null
  }

  depends_on = [
    time_sleep.services,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_sources,
    google_storage_bucket_iam_member.build_source,
    google_artifact_registry_repository_iam_member.build_images,
  ]
}
