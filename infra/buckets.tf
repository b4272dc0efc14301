locals {
  buckets = {
    # What was deleted or replaced by mistake can be had back for a week. No versions: whoever deletes a batch by the
    # API means it, and a script that is replaced before it is read must not be spoken.
    uploads = { versioned = false, soft_delete_days = 7, rules = {} }
    # Stable names are replaced: versions keep what was published before.
    episodes = { versioned = true, soft_delete_days = 7, rules = {} }
    # Nothing in it is ever replaced, and all of it can be made again.
    jobs = {
      versioned        = false
      soft_delete_days = 0
      rules = {
        cache = { days = var.days.cache, prefixes = ["clips/", "encoded/"] }
        jobs  = { days = var.days.jobs, prefixes = [for kind in local.job_kinds : "${kind}/"] }
      }
    }
    source = { versioned = false, soft_delete_days = 0, rules = {} }
  }

  # As jobs/names.py names them; a test compares the two.
  job_kinds = [
    "batches", "bundles", "drafts", "gathered", "inputs", "joins", "layouts", "operations", "outcomes", "parts",
    "plans", "recipes", "reports", "results", "sound", "takes", "withdrawn",
  ]
}

resource "google_storage_bucket" "this" {
  for_each = local.buckets

  name                        = "${var.project}-${var.name}-${each.key}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = each.key == "episodes" && var.episodes.public ? "inherited" : "enforced"
  force_destroy               = contains(["jobs", "source"], each.key)

  versioning {
    enabled = each.value.versioned
  }

  soft_delete_policy {
    retention_duration_seconds = each.value.soft_delete_days * 86400
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.rules
    content {
      action {
        type = "Delete"
      }
      condition {
        age            = lifecycle_rule.value.days
        matches_prefix = lifecycle_rule.value.prefixes
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.versioned ? [var.days.noncurrent] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        days_since_noncurrent_time = lifecycle_rule.value
      }
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }

  dynamic "cors" {
    for_each = each.key == "episodes" && length(var.episodes.origins) > 0 ? [var.episodes.origins] : []
    content {
      origin          = cors.value
      method          = ["GET", "HEAD"]
      response_header = ["Content-Length", "Content-Range", "Content-Type", "Range"]
      max_age_seconds = 3600
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.this]
}

data "google_storage_project_service_account" "this" {}

resource "google_storage_notification" "uploads" {
  bucket         = google_storage_bucket.this["uploads"].name
  topic          = google_pubsub_topic.this["uploads"].id
  payload_format = "JSON_API_V1"
  event_types    = ["OBJECT_FINALIZE"]

  depends_on = [google_pubsub_topic_iam_member.this]
}
