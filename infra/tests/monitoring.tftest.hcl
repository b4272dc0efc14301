mock_provider "archive" {}

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  project      = "my-project"
  alert_emails = ["ops@example.com"]
  budget       = { billing_account = "012345-6789AB-CDEF01", amount = 100 }
}

run "somebody_is_told" {
  command = apply

  assert {
    condition     = toset(keys(google_monitoring_alert_policy.this)) == toset(["dead_letters", "errors", "oldest_message"])
    error_message = "There is another alert."
  }
  assert {
    condition     = alltrue([for each in concat(values(google_monitoring_alert_policy.this), [google_monitoring_alert_policy.failed, google_monitoring_alert_policy.characters]) : each.notification_channels == tolist([google_monitoring_notification_channel.email["ops@example.com"].id])])
    error_message = "Nobody is told."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.this["dead_letters"].conditions[0].condition_threshold[0].filter, "resource.labels.subscription_id=\"dropcast-dead-letters-kept\"") && google_monitoring_alert_policy.this["dead_letters"].conditions[0].condition_threshold[0].threshold_value == 0
    error_message = "Dead letters are not told."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.this["oldest_message"].conditions[0].condition_threshold[0].filter, "full_match(\"dropcast-bury|dropcast-dispatch|dropcast-finalize|dropcast-synthesize\")") && google_monitoring_alert_policy.this["oldest_message"].conditions[0].condition_threshold[0].threshold_value == 3600
    error_message = "A message that waits is not told."
  }
  assert {
    condition     = google_monitoring_alert_policy.this["errors"].conditions[0].condition_threshold[0].filter == "${google_monitoring_alert_policy.this["errors"].conditions[0].condition_threshold[0].denominator_filter} metric.labels.response_code_class=\"5xx\"" && strcontains(google_monitoring_alert_policy.this["errors"].conditions[0].condition_threshold[0].filter, "full_match(\"dropcast-api|dropcast-bury|dropcast-dispatch|dropcast-finalize|dropcast-sweep|dropcast-synthesize\")")
    error_message = "Errors are not told."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.failed.conditions[0].condition_matched_log[0].filter, "jsonPayload.message=\"failed\"")
    error_message = "A failed job is not told."
  }
  assert {
    condition     = endswith(google_monitoring_alert_policy.characters.conditions[0].condition_prometheus_query_language[0].query, "user_dropcast_characters_sum{monitored_resource=\"cloud_run_revision\"}[1d])) > 2000000")
    error_message = "What is bought in a day is not told."
  }
  assert {
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].units == "100" && google_billing_budget.this[0].all_updates_rule[0].monitoring_notification_channels == tolist([google_monitoring_notification_channel.email["ops@example.com"].id]) && contains(keys(google_project_service.this), "billingbudgets")
    error_message = "The budget is not told."
  }
}

run "what_a_job_bought_is_counted_and_shown" {
  command = apply

  assert {
    condition     = { for name, each in google_logging_metric.this : name => each.name } == { for name in ["characters", "failed", "succeeded"] : name => "dropcast-${name}" }
    error_message = "Something else is counted."
  }
  assert {
    condition     = google_logging_metric.this["characters"].value_extractor == "EXTRACT(jsonPayload.characters)" && endswith(google_logging_metric.this["characters"].filter, "jsonPayload.message=\"spoken\" jsonPayload.cached=false")
    error_message = "What is taken from the cache is counted, or something else."
  }
  assert {
    condition     = alltrue([for each in google_logging_metric.this : each.label_extractors == tomap({ job = "EXTRACT(jsonPayload.job)" })])
    error_message = "It is not counted by job."
  }
  assert {
    condition     = alltrue([for each in google_logging_metric.this : startswith(each.filter, "resource.type=\"cloud_run_revision\" resource.labels.service_name=~\"^(dropcast-api|dropcast-bury|dropcast-dispatch|dropcast-finalize|dropcast-sweep|dropcast-synthesize)$\" ")])
    error_message = "The logs of another deployment are counted too."
  }
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.this.dashboard_json).gridLayout.widgets) == 9
    error_message = "The dashboard shows something else."
  }
}

run "without_addresses_and_a_budget_there_are_none" {
  command = apply

  variables {
    alert_emails = []
    budget       = null
  }

  assert {
    condition     = length(google_monitoring_notification_channel.email) == 0 && length(google_billing_budget.this) == 0 && !contains(keys(google_project_service.this), "billingbudgets")
    error_message = "Somebody is told who was not named."
  }
}
