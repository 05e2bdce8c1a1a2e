# Plans a deployment with providers that are made up, so it needs no account:
#   terraform init -backend=false && terraform test
# The sources are those of test/terraform/deployment/.

mock_provider "google" {
  override_during = plan

  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }

  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }

  mock_data "google_bigquery_default_service_account" {
    defaults = { member = "serviceAccount:bq-123456789012@bigquery-encryption.iam.gserviceaccount.com" }
  }

  mock_resource "google_service_account" {
    defaults = { member = "serviceAccount:someone@rollcall-test.iam.gserviceaccount.com" }
  }

  mock_resource "google_kms_crypto_key" {
    defaults = { id = "projects/rollcall-test/locations/us-central1/keyRings/rollcall/cryptoKeys/data" }
  }

  mock_resource "google_cloudfunctions2_function" {
    defaults = {
      service_config = { uri = "https://function-abc-uc.a.run.app" }
    }
  }
}

mock_provider "google-beta" {
  override_during = plan

  mock_resource "google_project_service_identity" {
    defaults = { member = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com" }
  }
}

mock_provider "time" {
  override_during = plan
}

variables {
  project_id   = "rollcall-test"
  artefact     = "tests/artefact.zip"
  sources_file = "../test/terraform/deployment/sources.yaml"
}

run "a_district" {
  command = plan

  variables {
    alert_emails = ["data@district.example"]
    operators    = ["group:data@district.example"]
    readers      = ["group:analysts@district.example"]
  }

  assert {
    condition     = toset(keys(google_cloudfunctions2_function.function)) == toset(["extract", "load", "refresh", "deliver", "reconcile"])
    error_message = "Every function is deployed, and nothing else."
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.function : function.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"])
    error_message = "A function can be reached from outside."
  }

  assert {
    condition     = length(distinct([for account in google_service_account.function : account.account_id])) == length(google_cloudfunctions2_function.function)
    error_message = "Functions share an identity."
  }

  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.function :
      tonumber(function.service_config[0].environment_variables.WORK_SECONDS) + 60 <= function.service_config[0].timeout_seconds
      && function.service_config[0].timeout_seconds < 600
      && 600 < tonumber(function.service_config[0].environment_variables.LEASE_SECONDS)
    ])
    error_message = "The time for work, the platform's, Pub/Sub's and the lease's must follow each other."
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.function : tonumber(function.service_config[0].available_cpu) >= 1 || function.service_config[0].max_instance_request_concurrency == 1])
    error_message = "Less than a processor takes one message at a time: the platform refuses anything else."
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.function : subscription.ack_deadline_seconds == 600 && subscription.dead_letter_policy[0].max_delivery_attempts >= 20])
    error_message = "A message is given up too early."
  }

  assert {
    condition     = toset(keys(google_secret_manager_secret.source)) == toset(["edfi-host", "east-district"])
    error_message = "One secret for each name in the sources file."
  }

  assert {
    condition     = google_cloud_scheduler_job.extract["north-student_school_associations-full"].schedule == "7 4 * * 6"
    error_message = "An endpoint that is spelled as the API does is found; the second source begins five minutes after the first."
  }

  assert {
    condition     = !contains(keys(google_cloud_scheduler_job.extract), "south-bell_schedules-delta") && contains(keys(google_cloud_scheduler_job.extract), "south-schools-delta")
    error_message = "What is excluded has no schedule."
  }

  assert {
    condition     = google_storage_notification.manifests.object_name_prefix == "manifests/" && google_storage_notification.manifests.payload_format == "JSON_API_V1"
    error_message = "Load is told of manifests, with a body that the functions framework understands."
  }

  assert {
    condition     = length(google_kms_crypto_key.data) == 0 && length(google_vpc_access_connector.egress) == 0 && length(google_billing_budget.rollcall) == 0
    error_message = "What is optional is off."
  }
}

run "all_that_is_optional" {
  command = plan

  variables {
    own_key                   = true
    static_egress             = true
    budget                    = { billing_account = "000000-000000-000000", units = 50 }
    landing_delete_after_days = 400
    soft_delete_days          = 0
    maximum_bytes_billed      = 1000000000000
    restricted_readers        = ["group:teachers@district.example"]
    personal_data_readers     = ["group:registrars@district.example"]
    alert_emails              = ["data@district.example"]
    paused                    = true
  }

  assert {
    condition     = google_cloudfunctions2_function.function["extract"].service_config[0].vpc_connector_egress_settings == "ALL_TRAFFIC" && google_cloudfunctions2_function.function["load"].service_config[0].vpc_connector == null
    error_message = "Extract, and only extract, speaks from the fixed address."
  }

  assert {
    condition     = alltrue([for topic in google_pubsub_topic.function : topic.kms_key_name == google_kms_crypto_key.data[0].id])
    error_message = "Messages are not encrypted by the key."
  }

  assert {
    condition     = google_bigquery_dataset_access.restricted["restricted"].dataset[0].target_types == tolist(["VIEWS"]) && google_cloudfunctions2_function.function["refresh"].service_config[0].environment_variables["RESTRICTED_DATASET"] == "restricted"
    error_message = "The views of restricted are not made, or not let into marts."
  }

  assert {
    condition     = alltrue([for job in google_cloud_scheduler_job.extract : job.paused])
    error_message = "Schedules run although they are paused."
  }
}

# Each of these is refused before anything is planned.
run "what_must_not_be" {
  command = plan

  variables {
    artefact          = "tests/nothing.zip"
    delta             = { hour = 2 } # clocks change
    readers           = ["allUsers"]
    own_key           = true
    bigquery_location = "US" # a key for two places
    soft_delete_days  = 3
  }

  expect_failures = [
    var.artefact,
    var.delta,
    var.readers,
    var.own_key,
    var.soft_delete_days,
  ]
}
