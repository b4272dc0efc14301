mock_provider "archive" {}

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  project  = "my-project"
  api_keys = { local = "0123456789abcdef01234567" }
}

run "every_stage_is_a_function_of_the_same_archive" {
  command = apply

  assert {
    condition     = { for stage, each in google_cloudfunctions2_function.this : stage => each.name } == { for stage in ["dispatch", "synthesize", "finalize", "bury", "api", "sweep"] : stage => "dropcast-${stage}" }
    error_message = "There is another function."
  }
  assert {
    condition     = alltrue([for stage, each in google_cloudfunctions2_function.this : each.build_config[0].entry_point == stage && each.build_config[0].runtime == "python313"])
    error_message = "A function begins elsewhere, or with another Python."
  }
  assert {
    condition     = google_storage_bucket_object.functions.name == "functions-${data.archive_file.functions.output_sha256}.zip" && google_storage_bucket_object.functions.bucket == "my-project-dropcast-source"
    error_message = "The archive is not named by its hash: other code would not be deployed."
  }
  assert {
    condition = alltrue([for each in google_cloudfunctions2_function.this :
      each.build_config[0].source[0].storage_source[0].object == google_storage_bucket_object.functions.name &&
    each.build_config[0].source[0].storage_source[0].bucket == "my-project-dropcast-source"])
    error_message = "A function is made of something else."
  }
}

run "every_function_is_told_what_the_code_reads" {
  command = apply

  variables {
    api                = { audience = "https://api.example", callers = { "ann@example.com" = "ann" }, shared = true, url = "https://api.example", requests_per_10_seconds = 7 }
    batch_destinations = ["gs://results"]
    custom_voices      = { mine = "en-US-Chirp3-HD-Kore" }
    effects_profile    = ["headphone-class-device", "large-home-entertainment-class-device"]
    pronunciations     = [{ phrase = "LLaMA", alias = "lama" }, { phrase = "GIF", pronunciation = "dʒɪf", matchCase = false }]
    speech             = { endpoint = "eu-texttospeech.googleapis.com" }
    time_to_live_hours = 24
  }

  assert {
    condition = alltrue([for each in google_cloudfunctions2_function.this : { for name, value in each.service_config[0].environment_variables : name => value if name != "THREADS" } == {
      API_AUDIENCE             = "https://api.example"
      API_CALLERS              = "{\"ann@example.com\":\"ann\"}"
      API_SHARED               = "true"
      API_URL                  = "https://api.example"
      BATCH_DESTINATIONS       = "gs://results"
      BLOCKS_TOPIC             = google_pubsub_topic.this["blocks"].id
      CUSTOM_VOICES            = "{\"mine\":\"en-US-Chirp3-HD-Kore\"}"
      DEFAULT_LANGUAGE         = "en-US"
      EFFECTS_PROFILE          = "headphone-class-device,large-home-entertainment-class-device"
      EPISODES_BUCKET          = "my-project-dropcast-episodes"
      JOBS_BUCKET              = "my-project-dropcast-jobs"
      LINES_TOPIC              = google_pubsub_topic.this["lines"].id
      LOG_EXECUTION_ID         = "true"
      MALLOC_ARENA_MAX         = "2"
      MALLOC_MMAP_THRESHOLD_   = "1048576"
      PRONUNCIATIONS           = "[{\"alias\":\"lama\",\"phrase\":\"LLaMA\"},{\"matchCase\":false,\"phrase\":\"GIF\",\"pronunciation\":\"dʒɪf\"}]"
      REQUESTS_PER_TEN_SECONDS = "7"
      SPEECH_ENDPOINT          = "eu-texttospeech.googleapis.com"
      TIME_TO_LIVE_HOURS       = "24"
      UPLOADS_BUCKET           = "my-project-dropcast-uploads"
    }])
    error_message = "A function is told something else."
  }
  assert {
    condition     = [for stage, each in google_cloudfunctions2_function.this : stage if length(each.service_config[0].secret_environment_variables) > 0] == ["api"]
    error_message = "Not the API alone is given its keys."
  }
  assert {
    condition = (google_cloudfunctions2_function.this["api"].service_config[0].secret_environment_variables[0].key == "API_KEYS" &&
      google_cloudfunctions2_function.this["api"].service_config[0].secret_environment_variables[0].secret == "dropcast-api-keys" &&
    google_cloudfunctions2_function.this["api"].service_config[0].secret_environment_variables[0].version == google_secret_manager_secret_version.api_keys[0].version)
    error_message = "The API's keys are not those of the secret."
  }
}

run "what_is_not_said_is_not_set" {
  command = apply

  assert {
    condition = setsubtract(["API_AUDIENCE", "API_URL", "BATCH_DESTINATIONS", "EFFECTS_PROFILE", "SPEECH_ENDPOINT"],
    keys(google_cloudfunctions2_function.this["api"].service_config[0].environment_variables)) == toset(["API_AUDIENCE", "API_URL", "BATCH_DESTINATIONS", "EFFECTS_PROFILE", "SPEECH_ENDPOINT"])
    error_message = "An empty setting would be a change in every plan."
  }
  assert {
    condition     = google_cloudfunctions2_function.this["synthesize"].service_config[0].max_instance_count == 1 && google_cloudfunctions2_function.this["synthesize"].service_config[0].max_instance_request_concurrency == 6
    error_message = "200 requests a minute of two seconds are six in flight."
  }
}

run "the_speech_quota_says_how_many_workers_there_are" {
  command = apply

  variables {
    speech = { requests_per_minute = 1000, seconds = 2 }
  }

  assert {
    condition     = google_cloudfunctions2_function.this["synthesize"].service_config[0].max_instance_count * google_cloudfunctions2_function.this["synthesize"].service_config[0].max_instance_request_concurrency == 33
    error_message = "The workers do not follow from the quota."
  }
  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.this : each.service_config[0].environment_variables.THREADS == tostring(each.service_config[0].max_instance_request_concurrency)])
    error_message = "Python serves fewer deliveries than it is given."
  }
}

run "the_smallest_quota_still_has_a_worker_and_functions_are_sized_singly" {
  command = apply

  variables {
    speech    = { requests_per_minute = 1, seconds = 1 }
    resources = { finalize = { memory = "4Gi", instances = 50 }, api = { concurrency = 64 } }
  }

  assert {
    condition     = google_cloudfunctions2_function.this["synthesize"].service_config[0].max_instance_count == 1 && google_cloudfunctions2_function.this["synthesize"].service_config[0].max_instance_request_concurrency == 1
    error_message = "Nobody speaks."
  }
  assert {
    condition     = google_cloudfunctions2_function.this["finalize"].service_config[0].available_memory == "4Gi" && google_cloudfunctions2_function.this["finalize"].service_config[0].max_instance_count == 50 && google_cloudfunctions2_function.this["finalize"].service_config[0].max_instance_request_concurrency == 4
    error_message = "finalize is not as it was asked for."
  }
  assert {
    condition     = google_cloudfunctions2_function.this["api"].service_config[0].environment_variables.THREADS == "64"
    error_message = "The API serves fewer requests than it is given."
  }
}

run "without_keys_there_is_no_secret" {
  command = apply

  variables {
    api_keys = {}
  }

  assert {
    condition     = length(google_secret_manager_secret.api_keys) + length(google_secret_manager_secret_version.api_keys) + length(google_secret_manager_secret_iam_member.this) == 0
    error_message = "There is a secret without a key."
  }
}

run "it_says_where_to_drop_and_where_the_api_is" {
  command = apply

  assert {
    condition     = output.drop == "gcloud storage cp conversation.json gs://my-project-dropcast-uploads/" && output.fetch == "gcloud storage cp gs://my-project-dropcast-episodes/conversation.mp3 ."
    error_message = "Nobody is told where to drop a script."
  }
  assert {
    condition     = output.api_url == google_cloudfunctions2_function.this["api"].service_config[0].uri && output.buckets.uploads == "gs://my-project-dropcast-uploads"
    error_message = "Nobody is told where the API is."
  }
}
