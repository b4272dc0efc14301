resource "google_pubsub_topic" "this" {
  for_each = local.topics

  name         = "${var.name}-${each.key}"
  kms_key_name = var.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.this]
}

resource "google_pubsub_subscription" "push" {
  for_each = local.woken

  name                       = "${var.name}-${each.key}"
  topic                      = google_pubsub_topic.this[each.value.topic].id
  ack_deadline_seconds       = 600       # the longest there is, over every function's own timeout
  message_retention_duration = "604800s" # a week, the longest a job may stand still

  push_config {
    push_endpoint = google_cloudfunctions2_function.this[each.key].service_config[0].uri
    oidc_token {
      service_account_email = google_service_account.this["push"].email
      audience              = google_cloudfunctions2_function.this[each.key].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # What cannot even be buried is tried until it can.
  dynamic "dead_letter_policy" {
    for_each = each.value.topic == "dead-letters" ? [] : ["dead-letters"]
    content {
      dead_letter_topic     = google_pubsub_topic.this[dead_letter_policy.value].id
      max_delivery_attempts = 20 # a quota storm refuses healthy lines a few times each
    }
  }

  expiration_policy {
    ttl = "" # never
  }

  depends_on = [google_cloud_run_service_iam_member.this]
}

# A second subscription keeps dead letters for people to look at, and for `dropcast replay`.
resource "google_pubsub_subscription" "dead_letters" {
  name                       = "${var.name}-dead-letters-kept"
  topic                      = google_pubsub_topic.this["dead-letters"].id
  ack_deadline_seconds       = 60
  message_retention_duration = "${var.days.dead_letters * 86400}s"

  expiration_policy {
    ttl = ""
  }
}
