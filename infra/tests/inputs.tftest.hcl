mock_provider "archive" {}

mock_provider "google" {
  source = "./tests/mocks"
}

run "what_cannot_be_deployed_is_refused" {
  command = plan

  variables {
    project            = "My Project"
    alert_emails       = ["nobody"]
    api                = { callers = { "ann@example.com" = "ann" } }
    batch_destinations = ["results"]
    budget             = { billing_account = "mine", amount = 100 }
    characters_per_day = 0
    custom_voices      = { mine = "Kore" }
    days               = { dead_letters = 32 }
    default_language   = "english"
    effects_profile    = ["Headphones"]
    episodes           = { origins = ["show.example"] }
    name               = "a-name-that-is-too-long"
    pronunciations     = [{ phrase = "LLaMA" }]
    region             = "europe-west1-b"
    resources          = { speak = { memory = "1Gi" } }
    runtime            = "python310"
    speech             = { requests_per_minute = 0 }
    time_to_live_hours = 745
  }

  expect_failures = [
    var.alert_emails, var.api, var.batch_destinations, var.budget, var.characters_per_day, var.custom_voices, var.days,
    var.default_language, var.effects_profile, var.episodes, var.name, var.project, var.pronunciations,
    var.region, var.resources, var.runtime, var.speech, var.time_to_live_hours,
  ]
}

run "short_keys_are_refused_and_so_is_what_would_be_lost_too_soon" {
  command = plan

  variables {
    project   = "my-project"
    api_keys  = { me = "secret" }
    days      = { jobs = 38 }
    name      = "ends-"
    kms_key   = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"
    resources = { finalize = { memory = "2GB" } }
    speech    = { endpoint = "https://eu-texttospeech.googleapis.com" }
  }

  expect_failures = [var.api_keys, var.days, var.kms_key, var.name, var.resources, var.speech]
}

run "a_key_given_twice_is_refused" {
  command = plan

  variables {
    project   = "my-project"
    api_keys  = { one = "0123456789abcdef01234567", two = "0123456789abcdef01234567" }
    days      = { cache = 0 }
    resources = { finalize = { cpu = 0.5 } }
  }

  expect_failures = [var.api_keys, var.days, var.resources]
}

run "callers_alone_cannot_be_signed_for" {
  command = plan

  variables {
    project = "my-project"
    api     = { audience = "https://api.example", callers = { "ann@example.com" = "ann" } }
  }

  expect_failures = [var.api]
}

run "the_api_is_found_by_https" {
  command = plan

  variables {
    project = "my-project"
    api     = { url = "http://api.example" }
  }

  expect_failures = [var.api]
}

run "the_api_answers_somebody" {
  command = plan

  variables {
    project = "my-project"
    api     = { requests_per_10_seconds = 0 }
  }

  expect_failures = [var.api]
}

run "callers_are_accounts" {
  command = plan

  variables {
    project  = "my-project"
    api_keys = { local = "0123456789abcdef01234567" }
    api      = { audience = "https://api.example", callers = { ann = "ann" } }
  }

  expect_failures = [var.api]
}
