# The map of stages: what is deployed, what wakes it, and how large it is. Everything else follows from it.
locals {
  # In flight is what the quota lets pass in the time that one request takes: as few workers as can hold it, none of
  # which holds more than 16.
  in_flight   = max(1, floor(var.speech.requests_per_minute * var.speech.seconds / 60))
  synthesizes = ceil(local.in_flight / 16)
  at_once     = floor(local.in_flight / local.synthesizes)

  stages = {
    dispatch   = { topic = "uploads", memory = "1Gi", cpu = 1, concurrency = 1, instances = 20, timeout = 540 } # a batch of 2 MB in one-letter lines takes 700 MB to plan
    synthesize = { topic = "lines", memory = "1Gi", cpu = 1, concurrency = local.at_once, instances = local.synthesizes, timeout = 540 }
    finalize   = { topic = "blocks", memory = "2Gi", cpu = 1, concurrency = 4, instances = 20, timeout = 540 }
    bury       = { topic = "dead-letters", memory = "512Mi", cpu = 1, concurrency = 8, instances = 2, timeout = 540 }
    api        = { topic = null, memory = "1Gi", cpu = 1, concurrency = 32, instances = 10, timeout = 3600 }
    sweep      = { topic = null, memory = "512Mi", cpu = 1, concurrency = 1, instances = 1, timeout = 1800 }
  }

  topics = toset([for stage in local.stages : stage.topic if stage.topic != null])
  woken  = { for name, stage in local.stages : name => stage if stage.topic != null }

  resources = {
    for name, stage in local.stages : name => {
      for key in ["memory", "cpu", "concurrency", "instances"] :
      key => try(coalesce(var.resources[name][key]), stage[key])
    }
  }

  # What the code reads; API_KEYS besides, from its secret. SIGNING_KEY it derives from the keys.
  environment = merge({
    UPLOADS_BUCKET  = google_storage_bucket.this["uploads"].name
    JOBS_BUCKET     = google_storage_bucket.this["jobs"].name
    EPISODES_BUCKET = google_storage_bucket.this["episodes"].name
    LINES_TOPIC     = google_pubsub_topic.this["lines"].id
    BLOCKS_TOPIC    = google_pubsub_topic.this["blocks"].id
    }, {
    for name, value in {
      API_AUDIENCE             = var.api.audience
      API_CALLERS              = jsonencode(var.api.callers)
      API_SHARED               = tostring(var.api.shared)
      API_URL                  = var.api.url
      BATCH_DESTINATIONS       = join(",", var.batch_destinations)
      CUSTOM_VOICES            = jsonencode(var.custom_voices)
      DEFAULT_LANGUAGE         = var.default_language
      EFFECTS_PROFILE          = join(",", var.effects_profile)
      PRONUNCIATIONS           = jsonencode(local.pronunciations)
      REQUESTS_PER_TEN_SECONDS = tostring(var.api.requests_per_10_seconds)
      SPEECH_ENDPOINT          = var.speech.endpoint
      TIME_TO_LIVE_HOURS       = tostring(var.time_to_live_hours)
    } : name => value if value != "" # what is empty is not kept by Google, and would be a change in every plan
  })

  # As scripts write them: what is not said is left out.
  pronunciations = [for each in var.pronunciations : { for key, value in each : key => value if value != null }]
}
