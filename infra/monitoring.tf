# What the functions log is structured: one filter on jsonPayload.job shows the life of a job.
locals {
  services = join("|", [for function in google_cloudfunctions2_function.this : function.name])
  logged   = "resource.type=\"cloud_run_revision\" resource.labels.service_name=~\"^(${local.services})$\""
  kept     = google_pubsub_subscription.dead_letters.name
  waiting  = join("|", [for subscription in google_pubsub_subscription.push : subscription.name])

  # What is counted of the logs, by job. `value` is a number in them; else it is the entries that are counted.
  counted = {
    characters = { filter = "jsonPayload.message=\"spoken\" jsonPayload.cached=false", value = "characters" }
    failed     = { filter = "jsonPayload.message=\"failed\"", value = null }
    succeeded  = { filter = "jsonPayload.message=\"succeeded\"", value = null }
  }

  # The same in PromQL, which alone sums up a distribution.
  runs = "monitored_resource=\"cloud_run_revision\""
  logs = { for name in keys(local.counted) : name => "logging_googleapis_com:user_${replace("${var.name}_${name}", "-", "_")}" }
  run  = "${local.runs},service_name=~\"${local.services}\""
  sub  = "monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.waiting}|${local.kept}\""

  charts = {
    "Characters bought, by job"         = "sum by (job) (increase(${local.logs.characters}_sum{${local.runs}}[1h]))"
    "Jobs that succeeded"               = "sum(increase(${local.logs.succeeded}{${local.runs}}[1h]))"
    "Jobs that failed"                  = "sum(increase(${local.logs.failed}{${local.runs}}[1h]))"
    "Messages waiting, by subscription" = "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{${local.sub}})"
    "Oldest message, by subscription"   = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{${local.sub}})"
    "Calls, by function and answer"     = "sum by (service_name, response_code_class) (rate(run_googleapis_com:request_count{${local.run}}[5m]))"
    "Instances, by function"            = "sum by (service_name) (run_googleapis_com:container_instance_count{${local.run}})"
    "Slowest calls, by function"        = "histogram_quantile(0.99, sum by (service_name, le) (rate(run_googleapis_com:request_latencies_bucket{${local.run}}[5m])))"
    "Memory in use, by function"        = "histogram_quantile(0.99, sum by (service_name, le) (rate(run_googleapis_com:container_memory_utilizations_bucket{${local.run}}[5m])))"
  }

  requests = "resource.type=\"cloud_run_revision\" metric.type=\"run.googleapis.com/request_count\" resource.labels.service_name=monitoring.regex.full_match(\"${local.services}\")"

  # Where `part` is given, that part of `filter` is what counts, by function.
  alerts = {
    dead_letters = {
      title  = "a message was given up"
      advice = "Look at it and replay it: docs/operations.md, \"Dead letters\"."
      filter = "resource.type=\"pubsub_subscription\" metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" resource.labels.subscription_id=\"${local.kept}\""
      part   = null, align = "ALIGN_MAX", reduce = "REDUCE_SUM", period = 300, above = 0, for = 0
    }
    oldest_message = {
      title  = "a message has been waiting for an hour"
      advice = "The speech quota is too small for what is asked of it, or a function fails: docs/operations.md."
      filter = "resource.type=\"pubsub_subscription\" metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" resource.labels.subscription_id=monitoring.regex.full_match(\"${local.waiting}\")"
      part   = null, align = "ALIGN_MAX", reduce = "REDUCE_MAX", period = 300, above = 3600, for = 0
    }
    errors = {
      title  = "more than one in ten calls of a function end in an error"
      advice = "Look at its logs; `dropcast doctor` says what is missing."
      filter = local.requests
      part   = "metric.labels.response_code_class=\"5xx\""
      align  = "ALIGN_DELTA", reduce = "REDUCE_SUM", period = 600, above = 0.1, for = 600
    }
  }

  channels = [for channel in google_monitoring_notification_channel.email : channel.id]
}

resource "google_logging_metric" "this" {
  for_each = local.counted

  name   = "${var.name}-${each.key}"
  filter = "${local.logged} ${each.value.filter}"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = "1"
    labels {
      key = "job"
    }
  }

  # Said, so that they are no change in every plan; a sum does not depend on them.
  dynamic "bucket_options" {
    for_each = each.value.value == null ? [] : [each.value.value]
    content {
      exponential_buckets {
        num_finite_buckets = 64
        growth_factor      = 2
        scale              = 0.01
      }
    }
  }

  label_extractors = { job = "EXTRACT(jsonPayload.job)" }
  value_extractor  = each.value.value == null ? null : "EXTRACT(jsonPayload.${each.value.value})"

  depends_on = [google_project_service.this]
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  display_name = "dropcast: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }

  depends_on = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.alerts

  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = each.value.title
    condition_threshold {
      filter             = join(" ", compact([each.value.filter, each.value.part]))
      denominator_filter = each.value.part == null ? null : each.value.filter
      comparison         = "COMPARISON_GT"
      threshold_value    = each.value.above
      duration           = "${each.value.for}s"

      aggregations {
        alignment_period     = "${each.value.period}s"
        per_series_aligner   = each.value.align
        cross_series_reducer = each.value.reduce
        group_by_fields      = each.value.part == null ? [] : ["resource.labels.service_name"]
      }

      dynamic "denominator_aggregations" {
        for_each = each.value.part == null ? [] : [each.value]
        content {
          alignment_period     = "${denominator_aggregations.value.period}s"
          per_series_aligner   = denominator_aggregations.value.align
          cross_series_reducer = denominator_aggregations.value.reduce
          group_by_fields      = ["resource.labels.service_name"]
        }
      }
    }
  }

  documentation {
    content   = each.value.advice
    mime_type = "text/markdown"
  }
}

# Of the logs themselves: a metric that was only just made could not be named here yet.
resource "google_monitoring_alert_policy" "failed" {
  display_name          = "${var.name}: a job failed"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "a job failed"
    condition_matched_log {
      filter           = google_logging_metric.this["failed"].filter
      label_extractors = { job = "EXTRACT(jsonPayload.job)" }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    content   = "Its report says why, line by line: x.report.json in the episodes bucket."
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "characters" {
  display_name          = "${var.name}: more speech was bought in a day than was foreseen"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "characters bought in a day"
    condition_prometheus_query_language {
      query                     = "sum(increase(${local.logs.characters}_sum{${local.runs}}[1d])) > ${var.characters_per_day}"
      duration                  = "0s"
      evaluation_interval       = "300s"
      disable_metric_validation = true # it was only just made
    }
  }

  documentation {
    content   = "The dashboard shows which job it was. Raise characters_per_day if all is well."
    mime_type = "text/markdown"
  }

  depends_on = [google_logging_metric.this]
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName = var.name
    gridLayout = {
      columns = "2" # a text, as it is given back
      widgets = [for title, query in local.charts : {
        title = title
        xyChart = {
          dataSets = [{ plotType = "LINE", timeSeriesQuery = { prometheusQuery = query } }]
        }
      }]
    }
  })

  depends_on = [google_logging_metric.this]
}
