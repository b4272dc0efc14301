terraform {
  required_version = ">= 1.11" # write-only arguments

  required_providers {
    archive = { source = "hashicorp/archive", version = "~> 2.0" }
    google  = { source = "hashicorp/google", version = ">= 6.50, < 8.0" }
  }

  # Where the state is kept is said at init: -backend-config="bucket=…". `make deploy` does that.
  backend "gcs" {
    prefix = "dropcast"
  }
}

provider "google" {
  project               = var.project
  region                = var.region
  user_project_override = true
  billing_project       = var.project
  default_labels        = { app = "dropcast" }
}

data "google_project" "this" {}
