# Only project_id and artefact must be given; see terraform.tfvars.example.

variable "project_id" {
  description = "Project that Rollcall has to itself: its functions, topics and datasets have plain names."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "Use the id of the project (rollcall-prod), not its name or number."
  }
}

variable "artefact" {
  description = "Path of the zip with the functions, as the build makes it."
  type        = string

  validation {
    condition     = endswith(var.artefact, ".zip") && fileexists(var.artefact)
    error_message = "There is no such zip. Build the artefact first (docs/deploy.md)."
  }
}

variable "region" {
  description = "Region of functions, buckets, topics and schedules."
  type        = string
  default     = "us-central1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Use a region such as us-central1."
  }
}

variable "bigquery_location" {
  description = "Where the datasets are; the region when null. US or EU only with buckets in that part of the world. It can never be changed."
  type        = string
  default     = null

  validation {
    condition     = var.bigquery_location == null || can(regex("^(US|EU|[a-z]+-[a-z]+[0-9]+)$", var.bigquery_location))
    error_message = "Use US, EU, or a region such as us-central1."
  }
}

variable "labels" {
  description = "Labels for everything that can have some, beside app = rollcall."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "Use lower case letters, digits, _ and -, at most 63 characters."
  }
}

variable "sources_file" {
  description = "The sources file that is in the artefact too; schedules and secrets are made from it."
  type        = string
  default     = "../sources.yaml"

  validation {
    condition     = fileexists(var.sources_file)
    error_message = "There is no such file. Copy sources.example.yaml to sources.yaml and fill it in."
  }
}

variable "connectors_folder" {
  description = "Folder of the connector files, as in the artefact."
  type        = string
  default     = "../connectors"
}

variable "sql_folder" {
  description = "Folder of the models, as in the artefact: a dataset for each folder in it."
  type        = string
  default     = "../sql"
}

# When things happen

variable "delta" {
  description = "When each endpoint's changes are read: days as cron says them, and the local hour at which the first begins."
  type = object({
    days = optional(string, "1-5")
    hour = optional(number, 4)
  })
  default = {}

  validation {
    # Clocks are changed between midnight and four: what is scheduled then may run twice or not at all.
    condition     = var.delta.hour >= 4 && var.delta.hour <= 20 && floor(var.delta.hour) == var.delta.hour
    error_message = "Use a whole hour from 4 to 20: clocks change before four, and the last source must begin before midnight."
  }

  validation {
    condition     = can(regex("^([*]|[0-6](-[0-6])?(,[0-6](-[0-6])?)*)$", var.delta.days))
    error_message = "Use days of the week as cron says them: 1-5, or 1,3,5, or *."
  }
}

variable "full" {
  description = "When each endpoint is read whole: days as cron says them, and the local hour at which the first begins."
  type = object({
    days = optional(string, "6")
    hour = optional(number, 4)
  })
  default = {}

  validation {
    condition     = var.full.hour >= 4 && var.full.hour <= 20 && floor(var.full.hour) == var.full.hour
    error_message = "Use a whole hour from 4 to 20: clocks change before four, and the last source must begin before midnight."
  }

  validation {
    condition     = can(regex("^([*]|[0-6](-[0-6])?(,[0-6](-[0-6])?)*)$", var.full.days))
    error_message = "Use days of the week as cron says them: 6, or 0,6, or *."
  }
}

variable "paused" {
  description = "Whether the schedules stand still. True for the first apply, until the secrets have their values."
  type        = bool
  default     = false
}

# What the functions may use

variable "extract_instances_max" {
  description = "How many endpoints are read at once. All of them together ask a source as its concurrency allows."
  type        = number
  default     = 4

  validation {
    condition     = var.extract_instances_max >= 1 && var.extract_instances_max <= 40
    error_message = "Use 1 to 40."
  }
}

variable "maximum_bytes_billed" {
  description = "A query that would read more bytes than this fails instead of being paid for, by default one of more than six dollars; null: none does."
  type        = number
  default     = 1e12

  validation {
    condition     = var.maximum_bytes_billed == null || coalesce(var.maximum_bytes_billed, 1e9) >= 1e8
    error_message = "Use at least 100 MB: a model that may not read its inputs is never built."
  }
}

# How long things are kept

variable "landing_delete_after_days" {
  description = "After how many days pages as received are deleted; null: they are kept, and can be loaded again for ever."
  type        = number
  default     = null

  validation {
    condition     = var.landing_delete_after_days == null || coalesce(var.landing_delete_after_days, 30) >= 30
    error_message = "Use at least 30 days: the reconciler and `rollcall replay` load from there."
  }
}

variable "raw_retention_days" {
  description = "For how many days raw rows are kept that no current view needs any more (those before the last full runs); null: for ever."
  type        = number
  default     = 90

  validation {
    condition     = var.raw_retention_days == null || coalesce(var.raw_retention_days, 14) >= 14
    error_message = "Use at least 14 days: a full run that turned out wrong can be undone for so long."
  }
}

variable "soft_delete_days" {
  description = "How long deleted objects of landing can be brought back. Deleted student data stay that long, too: 0, or 7 to 90."
  type        = number
  default     = 7

  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "Use 0, or 7 to 90."
  }
}

variable "log_retention_days" {
  description = "How long the lines that the functions log are kept. Beyond 30 days they cost a little."
  type        = number
  default     = 90

  validation {
    condition     = var.log_retention_days >= 1 && var.log_retention_days <= 3650
    error_message = "Use 1 to 3650."
  }
}

# Who may do what

variable "readers" {
  description = "Who may query the marts (group:analysts@district.example)."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.readers : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):", member))])
    error_message = "Use group:…, user:… or serviceAccount:…; never allUsers."
  }
}

variable "operators" {
  description = "Who may publish, replay and look at the state with the command rollcall."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.operators : can(regex("^(user|group|serviceAccount|principal|principalSet):", member))])
    error_message = "Use group:…, user:… or serviceAccount:…; never allUsers."
  }
}

variable "restricted_readers" {
  description = "Who may query the dataset restricted; each sees the students that marts.rls_user_student_data_authorization gives them."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.restricted_readers : can(regex("^(user|group|domain):", member))])
    error_message = "Use group:… or user:…; rows are chosen by the e-mail address of a person."
  }
}

variable "personal_data_readers" {
  description = "Who reads columns with the policy tag personal in clear; all others see them masked."
  type        = set(string)
  default     = []
}

# Who is told what, and what it may cost

variable "alert_emails" {
  description = "Where alerts go."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "Use e-mail addresses."
  }
}

variable "budget" {
  description = "Monthly budget and the billing account that it belongs to; null: none. Its currency is the account's."
  type = object({
    billing_account = string
    units           = number
  })
  default = null
}

variable "audit_data_access" {
  description = "Whether each access to secrets and to objects is written into the audit log."
  type        = bool
  default     = true
}

# Where a source lets in known addresses only, and where keys must be one's own

variable "static_egress" {
  description = "Whether extract speaks to the sources from one fixed address (a connector and a NAT gateway; about $20 a month)."
  type        = bool
  default     = false
}

variable "egress_range" {
  description = "Addresses of the connector inside the network: a /28 that is used nowhere else."
  type        = string
  default     = "10.8.0.0/28"

  validation {
    condition     = can(cidrhost(var.egress_range, 0)) && endswith(var.egress_range, "/28")
    error_message = "Use a /28 such as 10.8.0.0/28."
  }
}

variable "own_key" {
  description = "Whether buckets, topics, datasets and secrets are encrypted by a key of this project (Cloud KMS) instead of Google's."
  type        = bool
  default     = false

  validation {
    condition     = !var.own_key || var.bigquery_location == null || var.bigquery_location == var.region
    error_message = "One key serves one place: leave bigquery_location out, so that the datasets are in the region."
  }
}
