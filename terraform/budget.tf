resource "google_billing_budget" "rollcall" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "Rollcall (${var.project_id})"

  budget_filter {
    projects = ["projects/${data.google_project.project.number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.budget.units)
    }
  }

  threshold_rules {
    threshold_percent = 0.5
  }

  threshold_rules {
    threshold_percent = 1
  }

  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  dynamic "all_updates_rule" {
    for_each = length(google_monitoring_notification_channel.email) > 0 ? [[for channel in google_monitoring_notification_channel.email : channel.id]] : []

    content {
      monitoring_notification_channels = all_updates_rule.value
    }
  }
}
