output "buckets" {
  description = "Landing, control and source."
  value = {
    landing = google_storage_bucket.landing.name
    control = google_storage_bucket.control.name
    source  = google_storage_bucket.source.name
  }
}

output "functions" {
  description = "Address of each function; only Pub/Sub of this project reaches it."
  value       = { for name, function in google_cloudfunctions2_function.function : name => function.service_config[0].uri }
}

output "artefact" {
  description = "The artefact that is deployed. Roll back by applying with an earlier one."
  value       = google_storage_bucket_object.artefact.name
}

output "secrets_to_fill" {
  description = "Secrets that need a value: gcloud secrets versions add NAME --data-file=-"
  value       = sort(tolist(local.secrets))
}

output "schedules" {
  description = "How many jobs Cloud Scheduler has; each costs about $0.10 a month."
  value       = length(local.schedules) + 1
}

output "egress_address" {
  description = "The address that the sources see; null where it changes."
  value       = one(google_compute_address.egress[*].address)
}

output "policy_tags" {
  description = "Names of the policy tags."
  value = {
    personal = google_data_catalog_policy_tag.personal.name
    record   = google_data_catalog_policy_tag.record.name
  }
}
