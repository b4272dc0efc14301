# Every grant there is. Whoever adds one adds it here, and says in the commit what for.
mock_provider "archive" {}

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  project  = "my-project"
  api_keys = { local = "0123456789abcdef01234567" }
}

run "every_grant_is_known" {
  command = apply

  assert {
    condition = toset(keys(google_storage_bucket_iam_member.this)) == toset([
      "dispatch uploads roles/storage.objectViewer",
      "dispatch jobs roles/storage.objectViewer", "dispatch jobs roles/storage.objectCreator",
      "dispatch episodes roles/storage.objectUser",
      "synthesize uploads roles/storage.objectViewer",
      "synthesize jobs roles/storage.objectViewer", "synthesize jobs roles/storage.objectCreator",
      "finalize jobs roles/storage.objectViewer", "finalize jobs roles/storage.objectCreator",
      "finalize episodes roles/storage.objectUser",
      "bury jobs roles/storage.objectViewer", "bury jobs roles/storage.objectCreator",
      "bury episodes roles/storage.objectUser",
      "api uploads roles/storage.objectUser", "api jobs roles/storage.objectUser",
      "sweep uploads roles/storage.objectUser", "sweep jobs roles/storage.objectUser",
    ])
    error_message = "An account may do something else in a bucket."
  }
  assert {
    condition = alltrue([for grant, each in google_storage_bucket_iam_member.this :
      each.member == google_service_account.this[split(" ", grant)[0]].member &&
      each.bucket == google_storage_bucket.this[split(" ", grant)[1]].name &&
    each.role == split(" ", grant)[2]])
    error_message = "A grant in a bucket is not what it is called."
  }
  assert {
    condition = toset(keys(google_pubsub_topic_iam_member.this)) == toset([
      "dispatch lines", "synthesize blocks", "finalize blocks", "bury blocks", "sweep lines", "sweep blocks",
      "storage uploads", "pubsub dead-letters",
    ])
    error_message = "An account may publish something else."
  }
  assert {
    condition = alltrue([for grant, each in google_pubsub_topic_iam_member.this :
      each.role == "roles/pubsub.publisher" && each.topic == google_pubsub_topic.this[split(" ", grant)[1]].id &&
      each.member == try(google_service_account.this[split(" ", grant)[0]].member, {
        storage = data.google_storage_project_service_account.this.member
        pubsub  = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
    }[split(" ", grant)[0]])])
    error_message = "A grant on a topic is not what it is called."
  }
  assert {
    condition = toset(keys(google_pubsub_subscription_iam_member.this)) == toset(["dispatch", "synthesize", "finalize"]) && alltrue([for name, each in google_pubsub_subscription_iam_member.this :
      each.subscription == google_pubsub_subscription.push[name].id && each.role == "roles/pubsub.subscriber" &&
    each.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "Pub/Sub cannot move what is given up, or may do something else."
  }
  assert {
    condition = toset(keys(google_cloud_run_service_iam_member.this)) == toset([
      "push dispatch", "push synthesize", "push finalize", "push bury", "schedule sweep",
    ])
    error_message = "Somebody else may call a function."
  }
  assert {
    condition = alltrue([for grant, each in google_cloud_run_service_iam_member.this :
      each.role == "roles/run.invoker" && each.location == "europe-west1" && each.service == "dropcast-${split(" ", grant)[1]}" &&
    each.member == google_service_account.this[split(" ", grant)[0]].member])
    error_message = "A grant on a function is not what it is called."
  }
  assert {
    condition = length(google_secret_manager_secret_iam_member.this) == 1 && alltrue([for each in google_secret_manager_secret_iam_member.this :
      each.member == google_service_account.this["api"].member && each.role == "roles/secretmanager.secretAccessor" &&
    each.secret_id == google_secret_manager_secret.api_keys[0].id])
    error_message = "Not the API alone may read its keys, or may do more."
  }
  assert {
    condition = (google_artifact_registry_repository_iam_member.this.role == "roles/artifactregistry.writer" &&
      google_artifact_registry_repository_iam_member.this.member == google_service_account.this["build"].member &&
    google_artifact_registry_repository_iam_member.this.repository == google_artifact_registry_repository.this.id)
    error_message = "Not the build alone may write images, or may do more."
  }
  assert {
    condition = (toset(keys(google_project_iam_member.this)) == toset(["roles/logging.logWriter", "roles/storage.objectViewer"]) &&
    alltrue([for role, each in google_project_iam_member.this : each.role == role && each.member == google_service_account.this["build"].member]))
    error_message = "An account may do something else in the project."
  }
  assert {
    condition     = google_project_iam_member.this["roles/storage.objectViewer"].condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-europe-west1/\")"
    error_message = "The build may read something else than what it is given to build."
  }
  assert {
    condition     = length(google_kms_crypto_key_iam_member.this) == 0
    error_message = "There is a key to be used, though none was given."
  }
}

run "every_function_has_an_account_of_its_own" {
  command = apply

  assert {
    condition     = toset(keys(google_service_account.this)) == toset(["dispatch", "synthesize", "finalize", "bury", "api", "sweep", "build", "push", "schedule"])
    error_message = "There is another account."
  }
  assert {
    condition = alltrue([for stage, each in google_cloudfunctions2_function.this :
      each.service_config[0].service_account_email == google_service_account.this[stage].email &&
    each.build_config[0].service_account == google_service_account.this["build"].id])
    error_message = "A function runs, or is built, as somebody else."
  }
  assert {
    condition     = alltrue([for stage, each in google_cloudfunctions2_function.this : each.service_config[0].ingress_settings == (stage == "api" ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY")])
    error_message = "A function can be reached from outside."
  }
}

run "nothing_is_public" {
  command = apply

  assert {
    condition     = alltrue([for each in google_storage_bucket.this : each.public_access_prevention == "enforced" && each.uniform_bucket_level_access])
    error_message = "A bucket can be made public."
  }
  assert {
    condition     = length(google_storage_bucket_iam_member.public) == 0
    error_message = "Somebody unknown may read episodes."
  }
  assert {
    condition = length(setintersection(["allUsers", "allAuthenticatedUsers"], concat(
      [for each in google_storage_bucket_iam_member.this : each.member],
      [for each in google_cloud_run_service_iam_member.this : each.member],
      [for each in google_pubsub_topic_iam_member.this : each.member],
    ))) == 0
    error_message = "Somebody unknown may do something."
  }
}

run "what_an_operator_opens_is_open_and_nothing_else" {
  command = apply

  variables {
    api                = { public = true, audience = "https://api.example", callers = { "bot@example.iam.gserviceaccount.com" = "bot", "ann@example.com" = "ann" } }
    episodes           = { public = true, origins = ["https://show.example"] }
    batch_destinations = ["gs://results/of/batches", "gs://results"]
  }

  assert {
    condition = { for grant, each in google_cloud_run_service_iam_member.this : grant => "${each.service} ${each.member}" if endswith(grant, " api") } == {
      "everybody api"                           = "dropcast-api allUsers"
      "bot@example.iam.gserviceaccount.com api" = "dropcast-api serviceAccount:bot@example.iam.gserviceaccount.com"
      "ann@example.com api"                     = "dropcast-api user:ann@example.com"
    }
    error_message = "The API is not open, or to others."
  }
  assert {
    condition     = [for name, each in google_storage_bucket.this : name if each.public_access_prevention != "enforced"] == ["episodes"]
    error_message = "Episodes are not public, or something else is."
  }
  assert {
    condition     = google_storage_bucket_iam_member.public["allUsers"].role == "roles/storage.objectViewer" && google_storage_bucket_iam_member.public["allUsers"].bucket == "my-project-dropcast-episodes"
    error_message = "Episodes are not public, or more than to read."
  }
  assert {
    condition     = google_storage_bucket.this["episodes"].cors[0].origin[0] == "https://show.example" && [for name, each in google_storage_bucket.this : name if length(each.cors) > 0] == ["episodes"]
    error_message = "The site cannot play episodes, or can do more."
  }
  assert {
    condition     = [for grant, each in google_storage_bucket_iam_member.this : grant if each.bucket == "results"] == ["api gs://results", "finalize gs://results", "sweep gs://results"]
    error_message = "Results cannot be written where requests may ask for them."
  }
}

run "with_a_key_of_ones_own_googles_agents_may_use_it" {
  command = apply

  variables {
    kms_key = "projects/my-project/locations/europe-west1/keyRings/ring/cryptoKeys/key"
  }

  assert {
    condition     = toset(keys(google_kms_crypto_key_iam_member.this)) == toset(["pubsub", "secrets", "storage"]) && alltrue([for each in google_kms_crypto_key_iam_member.this : each.role == "roles/cloudkms.cryptoKeyEncrypterDecrypter" && each.crypto_key_id == var.kms_key])
    error_message = "Somebody else may use the key, or for something else."
  }
  assert {
    condition     = alltrue([for each in google_storage_bucket.this : each.encryption[0].default_kms_key_name == var.kms_key]) && alltrue([for each in google_pubsub_topic.this : each.kms_key_name == var.kms_key])
    error_message = "A bucket or a topic is not encrypted with the key."
  }
}
