mock_provider "archive" {}

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  project  = "my-project"
  api_keys = { local = "0123456789abcdef01234567" }
}

run "every_topic_is_pushed_and_what_is_given_up_is_kept" {
  command = apply

  assert {
    condition     = toset(keys(google_pubsub_topic.this)) == toset(["blocks", "dead-letters", "lines", "uploads"])
    error_message = "There is another topic."
  }
  assert {
    condition = { for stage, each in google_pubsub_subscription.push : stage => each.topic } == {
      dispatch   = google_pubsub_topic.this["uploads"].id
      synthesize = google_pubsub_topic.this["lines"].id
      finalize   = google_pubsub_topic.this["blocks"].id
      bury       = google_pubsub_topic.this["dead-letters"].id
    }
    error_message = "A stage is woken by nothing, or by something else."
  }
  assert {
    condition     = alltrue([for stage, each in google_pubsub_subscription.push : each.name == "dropcast-${stage}"])
    error_message = "A subscription is not named as its stage is."
  }
  assert {
    condition = alltrue([for stage, each in google_pubsub_subscription.push :
    each.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.this["dead-letters"].id if stage != "bury"])
    error_message = "A subscription gives messages up to nobody."
  }
  assert {
    condition     = alltrue([for stage, each in google_pubsub_subscription.push : each.dead_letter_policy[0].max_delivery_attempts >= 20 if stage != "bury"])
    error_message = "A subscription gives messages up too soon: a quota storm refuses healthy lines."
  }
  assert {
    condition     = length(google_pubsub_subscription.push["bury"].dead_letter_policy) == 0
    error_message = "What cannot be buried would be given up to itself."
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters.topic == google_pubsub_topic.this["dead-letters"].id && google_pubsub_subscription.dead_letters.name == "dropcast-dead-letters-kept"
    error_message = "Dead letters are not kept."
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters.message_retention_duration == "2678400s"
    error_message = "Dead letters are not kept for 31 days."
  }
  assert {
    condition     = alltrue([for each in concat(values(google_pubsub_subscription.push), [google_pubsub_subscription.dead_letters]) : each.expiration_policy[0].ttl == ""])
    error_message = "A subscription that nobody uses for a month goes."
  }
}

run "a_delivery_has_the_time_that_its_function_has" {
  command = apply

  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : each.ack_deadline_seconds == 600])
    error_message = "A subscription has another deadline for acknowledgement."
  }
  assert {
    condition     = alltrue([for stage in keys(google_pubsub_subscription.push) : google_cloudfunctions2_function.this[stage].service_config[0].timeout_seconds < 600])
    error_message = "A function may outlive its acknowledgement deadline."
  }
  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : each.retry_policy[0].minimum_backoff == "10s" && each.retry_policy[0].maximum_backoff == "600s"])
    error_message = "A subscription has another backoff."
  }
  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : each.message_retention_duration == "604800s"])
    error_message = "A subscription keeps messages for another time than a week."
  }
  assert {
    condition = alltrue([for stage, each in google_pubsub_subscription.push :
      each.push_config[0].push_endpoint == google_cloudfunctions2_function.this[stage].service_config[0].uri &&
      each.push_config[0].oidc_token[0].audience == google_cloudfunctions2_function.this[stage].service_config[0].uri &&
    each.push_config[0].oidc_token[0].service_account_email == google_service_account.this["push"].email])
    error_message = "A subscription pushes to another function, or as somebody else."
  }
}

run "uploads_are_told_and_the_sweep_is_called" {
  command = apply

  assert {
    condition     = google_storage_notification.uploads.bucket == "my-project-dropcast-uploads" && google_storage_notification.uploads.topic == google_pubsub_topic.this["uploads"].id
    error_message = "Nobody is told of an upload."
  }
  assert {
    condition     = toset(google_storage_notification.uploads.event_types) == toset(["OBJECT_FINALIZE"]) && google_storage_notification.uploads.payload_format == "JSON_API_V1"
    error_message = "Other events of uploads are told, or in another form."
  }
  assert {
    condition     = google_cloud_scheduler_job.sweep.schedule == "*/15 * * * *" && google_cloud_scheduler_job.sweep.http_target[0].uri == google_cloudfunctions2_function.this["sweep"].service_config[0].uri
    error_message = "The sweep is not called every quarter of an hour."
  }
  assert {
    condition     = google_cloud_scheduler_job.sweep.http_target[0].oidc_token[0].service_account_email == google_service_account.this["schedule"].email
    error_message = "The sweep is called by somebody else."
  }
}
