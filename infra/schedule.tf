resource "google_cloud_scheduler_job" "sweep" {
  name             = "${var.name}-sweep"
  region           = var.region
  schedule         = "*/15 * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "1800s"

  retry_config {
    retry_count = 1 # the next one comes in a quarter of an hour
  }

  http_target {
    uri         = google_cloudfunctions2_function.this["sweep"].service_config[0].uri
    http_method = "POST"
    oidc_token {
      service_account_email = google_service_account.this["schedule"].email
      audience              = google_cloudfunctions2_function.this["sweep"].service_config[0].uri
    }
  }

  depends_on = [google_project_service.this, google_cloud_run_service_iam_member.this]
}
