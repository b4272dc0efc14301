resource "google_project_service" "this" {
  for_each = toset(concat([
    "artifactregistry", "cloudbuild", "cloudfunctions", "cloudresourcemanager", "cloudscheduler", "iam", "logging", "monitoring",
    "pubsub", "run", "secretmanager", "storage", "texttospeech",
  ], var.budget == null ? [] : ["billingbudgets"]))

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}
