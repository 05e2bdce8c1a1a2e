# What the functions are configured to read, from the very files that are in the artefact.

locals {
  labels = merge(var.labels, { app = "rollcall" })

  bigquery_location = coalesce(var.bigquery_location, var.region)

  # The shipped connectors, and in custom/ a school's own: connectors too, or endpoints added to one (extends).
  connector_files = [
    for file in setunion(fileset(var.connectors_folder, "*.yaml"), fileset(var.connectors_folder, "custom/*.yaml")) :
    yamldecode(file("${var.connectors_folder}/${file}"))
  ]
  connectors = {
    for connector in local.connector_files : connector.connector => {
      endpoints = merge(
        connector.endpoints,
        [for more in local.connector_files : more.endpoints if try(more.extends, "") == connector.connector]...
      )
    }
    if can(connector.connector)
  }

  configuration = yamldecode(file(var.sources_file))
  time_zone     = try(local.configuration.time_zone, "UTC")

  # A source may spell its endpoints as the API does (studentSchoolAssociations); they are named as in the connector file.
  sources = {
    for source in local.configuration.sources : source.id => {
      connector = source.connector
      secret    = source.secret
      only      = [for name in try(source.endpoints, []) : lower(replace(name, "/([a-z0-9])([A-Z])/", "$${1}_$${2}"))]
      exclude   = [for name in try(source.exclude, []) : lower(replace(name, "/([a-z0-9])([A-Z])/", "$${1}_$${2}"))]
    }
  }

  # Each source with each endpoint that it reads, in the order of the files.
  targets = flatten([
    for id in sort(keys(local.sources)) : [
      for endpoint in sort(keys(local.connectors[local.sources[id].connector].endpoints)) : { source = id, endpoint = endpoint }
      if(length(local.sources[id].only) == 0 || contains(local.sources[id].only, endpoint)) && !contains(local.sources[id].exclude, endpoint)
    ]
  ])

  # Each function has the credentials that it works with: those that read are extract's, those that write are deliver's.
  reading_secrets = toset([for source in local.sources : source.secret])
  writing_secrets = toset([for delivery in try(local.configuration.deliveries, []) : delivery.secret])
  secrets         = setunion(local.reading_secrets, local.writing_secrets)

  raw_datasets     = [for connector in sort(keys(local.connectors)) : "raw_${connector}"]
  current_datasets = [for connector in sort(keys(local.connectors)) : "current_${connector}"]
  model_datasets   = distinct([for file in sort(tolist(fileset(var.sql_folder, "*/**/*.sql"))) : split("/", trimprefix(file, "custom/"))[0]])
}
