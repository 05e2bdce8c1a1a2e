# Who acts: each function, the delivery of messages to each function, and the build. None of them has a key.

resource "google_service_account" "function" {
  for_each = local.functions

  project      = var.project_id
  account_id   = "rollcall-${each.key}"
  display_name = "Rollcall: function ${each.key}"

  depends_on = [google_project_service.service]
}

# Pub/Sub shows this identity to a function's front door. It may open that one door and nothing else.
resource "google_service_account" "push" {
  for_each = local.functions

  project      = var.project_id
  account_id   = "rollcall-push-${each.key}"
  display_name = "Rollcall: delivers messages to ${each.key}"

  depends_on = [google_project_service.service]
}

resource "google_service_account" "build" {
  project      = var.project_id
  account_id   = "rollcall-build"
  display_name = "Rollcall: builds the functions"

  depends_on = [google_project_service.service]
}
