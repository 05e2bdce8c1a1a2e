# One fixed address towards the sources, for hosts that let in known addresses only. A connector rather than direct egress: behind a NAT
# gateway the latter takes half a minute to start.

resource "google_compute_network" "egress" {
  count = var.static_egress ? 1 : 0

  project                 = var.project_id
  name                    = "rollcall-egress"
  auto_create_subnetworks = false

  depends_on = [time_sleep.services]
}

resource "google_vpc_access_connector" "egress" {
  count = var.static_egress ? 1 : 0

  project       = var.project_id
  name          = "rollcall-egress"
  region        = var.region
  network       = google_compute_network.egress[0].name
  ip_cidr_range = var.egress_range
  machine_type  = "e2-micro"
  min_instances = 2
  max_instances = 3
}

resource "google_compute_address" "egress" {
  count = var.static_egress ? 1 : 0

  project      = var.project_id
  name         = "rollcall-egress"
  region       = var.region
  address_type = "EXTERNAL"

  depends_on = [time_sleep.services]
}

resource "google_compute_router" "egress" {
  count = var.static_egress ? 1 : 0

  project = var.project_id
  name    = "rollcall-egress"
  region  = var.region
  network = google_compute_network.egress[0].id
}

resource "google_compute_router_nat" "egress" {
  count = var.static_egress ? 1 : 0

  project                            = var.project_id
  name                               = "rollcall-egress"
  region                             = var.region
  router                             = google_compute_router.egress[0].name
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = [google_compute_address.egress[0].self_link]
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
