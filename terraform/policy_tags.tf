# Kinds of columns by whom they are about. A column with the tag `personal` is read in clear by personal_data_readers and by the functions;
# all others who may query the table get NULL. refresh puts it on the columns that sql/ calls personal, with each build.

resource "google_data_catalog_taxonomy" "sensitivity" {
  project                = var.project_id
  region                 = lower(local.bigquery_location)
  display_name           = "Rollcall"
  description            = "How sensitive a column is"
  activated_policy_types = ["FINE_GRAINED_ACCESS_CONTROL"]

  depends_on = [time_sleep.services]
}

resource "google_data_catalog_policy_tag" "personal" {
  taxonomy     = google_data_catalog_taxonomy.sensitivity.id
  display_name = "personal"
  description  = "Says who a person is: names, addresses, birth dates, numbers; columns with pii: true in sql/"
}

resource "google_data_catalog_policy_tag" "record" {
  taxonomy          = google_data_catalog_taxonomy.sensitivity.id
  display_name      = "record"
  description       = "A whole record as the API sent it: the column data of raw tables and current views"
  parent_policy_tag = google_data_catalog_policy_tag.personal.id
}

resource "google_bigquery_datapolicy_data_policy" "personal" {
  project          = var.project_id
  location         = lower(local.bigquery_location)
  data_policy_id   = "rollcall_personal"
  policy_tag       = google_data_catalog_policy_tag.personal.name
  data_policy_type = "DATA_MASKING_POLICY"

  data_masking_policy {
    predefined_expression = "ALWAYS_NULL"
  }
}

resource "google_bigquery_datapolicy_data_policy_iam_member" "masked" {
  for_each = var.readers

  project        = var.project_id
  location       = google_bigquery_datapolicy_data_policy.personal.location
  data_policy_id = google_bigquery_datapolicy_data_policy.personal.data_policy_id
  role           = "roles/bigquerydatapolicy.maskedReader"
  member         = each.value
}

resource "google_data_catalog_policy_tag_iam_member" "clear" {
  for_each = var.personal_data_readers

  policy_tag = google_data_catalog_policy_tag.personal.name
  role       = "roles/datacatalog.categoryFineGrainedReader"
  member     = each.value
}

# Folding, testing and rebuilding read every column. The reconciler drops whole days of raw, whose columns have no tag.
resource "google_data_catalog_policy_tag_iam_member" "functions" {
  for_each = { for name, row in local.functions : name => row if length(row.edits) > 1 && name != "reconcile" }

  policy_tag = google_data_catalog_policy_tag.personal.name
  role       = "roles/datacatalog.categoryFineGrainedReader"
  member     = google_service_account.function[each.key].member
}

# To put a tag on a column takes a right to the column's table, and a look at the taxonomy.
resource "google_project_iam_custom_role" "column_tagger" {
  project     = var.project_id
  role_id     = "rollcall_column_tagger"
  title       = "Rollcall: puts policy tags on columns"
  permissions = ["bigquery.tables.setCategory"]

  depends_on = [time_sleep.services]
}

resource "google_project_iam_custom_role" "taxonomy_viewer" {
  project     = var.project_id
  role_id     = "rollcall_taxonomy_viewer"
  title       = "Rollcall: looks at taxonomies"
  permissions = ["datacatalog.taxonomies.get"]

  depends_on = [time_sleep.services]
}

resource "google_bigquery_dataset_iam_member" "tags_columns" {
  for_each = toset(local.model_datasets)

  project    = var.project_id
  dataset_id = google_bigquery_dataset.dataset[each.value].dataset_id
  role       = google_project_iam_custom_role.column_tagger.name
  member     = google_service_account.function["refresh"].member
}

resource "google_project_iam_member" "looks_at_taxonomies" {
  project = var.project_id
  role    = google_project_iam_custom_role.taxonomy_viewer.name
  member  = google_service_account.function["refresh"].member
}
