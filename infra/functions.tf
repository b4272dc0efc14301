resource "google_cloudfunctions2_function" "this" {
  for_each = local.stages

  name        = "${var.name}-${each.key}"
  location    = var.region
  description = "dropcast: ${each.key}"

  build_config {
    runtime           = var.runtime
    entry_point       = each.key
    service_account   = google_service_account.this["build"].id
    docker_repository = google_artifact_registry_repository.this.id
    source {
      storage_source {
        bucket = google_storage_bucket.this["source"].name
        object = google_storage_bucket_object.functions.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.this[each.key].email
    timeout_seconds                  = each.value.timeout
    available_memory                 = local.resources[each.key].memory
    available_cpu                    = local.resources[each.key].cpu
    max_instance_request_concurrency = local.resources[each.key].concurrency
    max_instance_count               = local.resources[each.key].instances
    # Pub/Sub and Cloud Scheduler come from inside the project; only the API is asked from elsewhere, and IAM decides.
    ingress_settings               = each.key == "api" ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision = true
    environment_variables = merge(local.environment, {
      THREADS          = tostring(local.resources[each.key].concurrency) # Python serves as many at once as it has threads
      LOG_EXECUTION_ID = "true"                                          # set by Google unless said, and then a change in every plan
      # Memory that was used is given back: 326 instead of 377 MB at most, for 10,000 lines.
      MALLOC_ARENA_MAX       = "2"
      MALLOC_MMAP_THRESHOLD_ = "1048576"
    })

    dynamic "secret_environment_variables" {
      for_each = [for version in google_secret_manager_secret_version.api_keys : version if each.key == "api"]
      content {
        key        = "API_KEYS"
        project_id = var.project
        secret     = google_secret_manager_secret.api_keys[0].secret_id
        version    = secret_environment_variables.value.version # not "latest": other keys are deployed like other code
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.this, google_project_iam_member.this, google_project_service.this,
    google_secret_manager_secret_iam_member.this, google_storage_bucket_iam_member.this,
  ]
}

# The images that Cloud Functions builds: the latest few of each function are enough to go back.
resource "google_artifact_registry_repository" "this" {
  repository_id = var.name
  location      = var.region
  format        = "DOCKER"
  description   = "dropcast: images of the functions"

  cleanup_policies {
    id     = "keep-the-latest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 3
    }
  }

  cleanup_policies {
    id     = "delete-others"
    action = "DELETE"
    condition {
      older_than = "2592000s" # 30 days
    }
  }

  depends_on = [google_project_service.this]
}
