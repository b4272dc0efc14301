# An account for each function, and one each for who pushes, who sweeps and who builds. Every grant is on the
# resource it is about, and stands in these maps: a test lists them, and fails on a new one.
locals {
  reads  = "roles/storage.objectViewer"
  adds   = "roles/storage.objectCreator" # cannot replace or delete: what is there stays as it is
  keeps  = "roles/storage.objectUser"    # may replace and delete as well
  speaks = "roles/pubsub.publisher"

  bucket_grants = merge(
    { for grant in [
      ["dispatch", "uploads", local.reads], ["dispatch", "jobs", local.reads], ["dispatch", "jobs", local.adds],
      ["dispatch", "episodes", local.keeps],
      ["synthesize", "uploads", local.reads], ["synthesize", "jobs", local.reads], ["synthesize", "jobs", local.adds],
      ["finalize", "jobs", local.reads], ["finalize", "jobs", local.adds], ["finalize", "episodes", local.keeps],
      ["bury", "jobs", local.reads], ["bury", "jobs", local.adds], ["bury", "episodes", local.keeps],
      ["api", "uploads", local.keeps], ["api", "jobs", local.keeps],
      ["sweep", "uploads", local.keeps], ["sweep", "jobs", local.keeps],
      ] : join(" ", grant) => {
      account = grant[0], bucket = google_storage_bucket.this[grant[1]].name, role = grant[2]
    } },
    # Results of batches, where requests may ask for them in other buckets.
    { for grant in setproduct(["finalize", "api", "sweep"], toset([for place in var.batch_destinations : split("/", place)[2]])) :
    "${grant[0]} gs://${grant[1]}" => { account = grant[0], bucket = grant[1], role = local.keeps } },
  )

  topic_grants = { for grant in [
    ["dispatch", "lines"], ["synthesize", "blocks"], ["finalize", "blocks"], ["bury", "blocks"],
    ["sweep", "lines"], ["sweep", "blocks"],
    ] : join(" ", grant) => {
    member = google_service_account.this[grant[0]].member, topic = grant[1]
  } }

  agent_grants = {
    "storage uploads"     = { member = data.google_storage_project_service_account.this.member, topic = "uploads" }
    "pubsub dead-letters" = { member = local.pubsub_agent, topic = "dead-letters" }
  }

  # Who may call which function.
  call_grants = merge(
    { for name in keys(local.woken) : "push ${name}" => { function = name, member = google_service_account.this["push"].member } },
    { "schedule sweep" = { function = "sweep", member = google_service_account.this["schedule"].member } },
    { for email in keys(var.api.callers) : "${email} api" => { function = "api", member = "${endswith(email, ".gserviceaccount.com") ? "serviceAccount" : "user"}:${email}" } },
    var.api.public ? { "everybody api" = { function = "api", member = "allUsers" } } : {},
  )

  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_service_account" "this" {
  for_each = toset([for name in concat(keys(local.stages), ["build", "push", "schedule"]) : name])

  account_id   = "${var.name}-${each.key}"
  display_name = "dropcast: ${each.key}"

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = local.bucket_grants

  bucket = each.value.bucket
  role   = each.value.role
  member = google_service_account.this[each.value.account].member
}

resource "google_storage_bucket_iam_member" "public" {
  for_each = var.episodes.public ? toset(["allUsers"]) : []

  bucket = google_storage_bucket.this["episodes"].name
  role   = "roles/storage.objectViewer"
  member = each.key
}

resource "google_pubsub_topic_iam_member" "this" {
  for_each = merge(local.topic_grants, local.agent_grants)

  topic  = google_pubsub_topic.this[each.value.topic].id
  role   = local.speaks
  member = each.value.member
}

# Pub/Sub takes what it moves to the dead letters out of the subscription itself.
resource "google_pubsub_subscription_iam_member" "this" {
  for_each = { for name, subscription in google_pubsub_subscription.push : name => subscription if name != "bury" }

  subscription = each.value.id
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_cloud_run_service_iam_member" "this" {
  for_each = local.call_grants

  location = var.region
  service  = google_cloudfunctions2_function.this[each.value.function].name
  role     = "roles/run.invoker"
  member   = each.value.member
}

resource "google_artifact_registry_repository_iam_member" "this" {
  repository = google_artifact_registry_repository.this.id
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.this["build"].member
}

# What no resource of ours can grant: logs belong to the project, and what is built is read from a bucket that Cloud
# Functions makes for itself.
resource "google_project_iam_member" "this" {
  for_each = {
    "roles/logging.logWriter"    = null
    "roles/storage.objectViewer" = "gcf-v2-sources-${data.google_project.this.number}-${var.region}"
  }

  project = var.project
  role    = each.key
  member  = google_service_account.this["build"].member

  dynamic "condition" {
    for_each = each.value == null ? [] : [each.value]
    content {
      title      = "sources of functions"
      expression = "resource.name.startsWith(\"projects/_/buckets/${condition.value}/\")"
    }
  }
}

resource "google_secret_manager_secret_iam_member" "this" {
  count = local.has_keys ? 1 : 0

  secret_id = google_secret_manager_secret.api_keys[0].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.this["api"].member
}

# With a key of one's own, Google's agents must be let use it.
resource "google_kms_crypto_key_iam_member" "this" {
  for_each = var.kms_key == null ? {} : {
    pubsub  = local.pubsub_agent
    secrets = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    storage = data.google_storage_project_service_account.this.member
  }

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}
