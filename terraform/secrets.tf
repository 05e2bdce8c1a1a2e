# A secret for each that the sources file names, without its value: a value in Terraform would be in its state, too. A person adds it:
#   gcloud secrets versions add NAME --data-file=-      and types {"key":"…","secret":"…"}
resource "google_secret_manager_secret" "source" {
  for_each = local.secrets

  project   = var.project_id
  secret_id = each.value
  labels    = local.labels

  # Versions that were replaced can be brought back for a week.
  version_destroy_ttl = "604800s"

  replication {
    user_managed {
      replicas {
        location = var.region

        dynamic "customer_managed_encryption" {
          for_each = local.key_ids

          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }

  depends_on = [time_sleep.services, google_kms_crypto_key_iam_member.agent]
}
