mock_data "google_project" {
  defaults = { number = "123456789012" }
}

mock_resource "google_storage_bucket" {
  defaults = { location = "EUROPE-WEST1" }
}
