locals {
  services = toset(concat(
    [
      "artifactregistry.googleapis.com",
      "bigquery.googleapis.com",
      "cloudbuild.googleapis.com",
      "cloudfunctions.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "cloudscheduler.googleapis.com",
      "datacatalog.googleapis.com",
      "bigquerydatapolicy.googleapis.com",
      "iam.googleapis.com",
      "iamcredentials.googleapis.com",
      "logging.googleapis.com",
      "monitoring.googleapis.com",
      "pubsub.googleapis.com",
      "run.googleapis.com",
      "secretmanager.googleapis.com",
      "serviceusage.googleapis.com",
      "storage.googleapis.com",
    ],
    var.static_egress ? ["compute.googleapis.com", "vpcaccess.googleapis.com"] : [],
    var.own_key ? ["cloudkms.googleapis.com"] : [],
    var.budget == null ? [] : ["billingbudgets.googleapis.com"],
  ))
}

resource "google_project_service" "service" {
  for_each = local.services

  project            = var.project_id
  service            = each.value
  disable_on_destroy = false
}

# Google makes a service's own account when the service is used first, and here they are needed before: to deliver messages, and to
# encrypt with a key of ours.
resource "google_project_service_identity" "agent" {
  provider = google-beta
  for_each = toset(["pubsub.googleapis.com", "secretmanager.googleapis.com"])

  project = var.project_id
  service = google_project_service.service[each.value].service
}

data "google_project" "project" {
  project_id = var.project_id

  depends_on = [google_project_service.service]
}

data "google_storage_project_service_account" "agent" {
  project = var.project_id

  depends_on = [google_project_service.service]
}

data "google_bigquery_default_service_account" "agent" {
  project = var.project_id

  depends_on = [google_project_service.service]
}

# A service that was just turned on, or an account that was just made, is not known everywhere at once.
resource "time_sleep" "services" {
  create_duration = "90s"

  triggers = { services = join(",", sort(local.services)) }

  depends_on = [google_project_service.service, google_project_service_identity.agent]
}
