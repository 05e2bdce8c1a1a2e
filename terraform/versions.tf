# State lives in a versioned bucket outside of this configuration, one prefix per deployment:
#   terraform init -backend-config="bucket=STATE_BUCKET" -backend-config="prefix=rollcall"
terraform {
  required_version = ">= 1.11"

  backend "gcs" {}

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "~> 6.50"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }
}

provider "google" {
  project        = var.project_id
  region         = var.region
  default_labels = local.labels

  # Budgets and a few others are counted against this project rather than against the project of gcloud.
  user_project_override = true
  billing_project       = var.project_id
}

provider "google-beta" {
  project = var.project_id
  region  = var.region
}
