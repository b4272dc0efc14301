mock_provider "archive" {}

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  project = "my-project"
}

run "what_is_stored_is_kept_as_long_as_it_helps" {
  command = apply

  assert {
    condition     = { for name, each in google_storage_bucket.this : name => each.name } == { for name in ["episodes", "jobs", "source", "uploads"] : name => "my-project-dropcast-${name}" }
    error_message = "There is another bucket."
  }
  assert {
    condition     = { for name, each in google_storage_bucket.this : name => each.soft_delete_policy[0].retention_duration_seconds } == { episodes = 604800, jobs = 0, source = 0, uploads = 604800 }
    error_message = "Deleted clips are paid for, or a deleted episode is lost."
  }
  assert {
    condition     = [for name, each in google_storage_bucket.this : name if each.versioning[0].enabled] == ["episodes"]
    error_message = "A replaced episode is lost, or something is kept that only costs."
  }
  assert {
    condition     = [for name, each in google_storage_bucket.this : name if each.force_destroy] == ["jobs", "source"]
    error_message = "An upload or an episode could be destroyed."
  }
  assert {
    condition = toset(flatten([for rule in google_storage_bucket.this["jobs"].lifecycle_rule : [
      for prefix in one(rule.condition).matches_prefix : "${prefix} ${one(rule.condition).age}"
      ] if one(rule.action).type == "Delete"])) == toset([
      "batches/ 40", "bundles/ 40", "clips/ 90", "drafts/ 40", "encoded/ 90", "gathered/ 40", "inputs/ 40", "joins/ 40",
      "layouts/ 40", "operations/ 40", "outcomes/ 40", "parts/ 40", "plans/ 40", "recipes/ 40", "reports/ 40",
      "results/ 40", "sound/ 40", "takes/ 40", "withdrawn/ 40",
    ])
    error_message = "Something of a job goes sooner or later than it should, or stays for ever."
  }
  assert {
    condition = { for name, each in google_storage_bucket.this : name => join(" ", sort([for rule in each.lifecycle_rule : one(rule.action).type])) } == {
      episodes = "AbortIncompleteMultipartUpload Delete"
      jobs     = "AbortIncompleteMultipartUpload Delete Delete"
      source   = "AbortIncompleteMultipartUpload"
      uploads  = "AbortIncompleteMultipartUpload"
    }
    error_message = "An upload, an episode or what is deployed goes by itself."
  }
  assert {
    condition     = alltrue([for each in google_storage_bucket.this : anytrue([for rule in each.lifecycle_rule : one(rule.action).type == "AbortIncompleteMultipartUpload" && one(rule.condition).age == 7])])
    error_message = "Uploads that were given up are paid for."
  }
  assert {
    condition     = anytrue([for rule in google_storage_bucket.this["episodes"].lifecycle_rule : one(rule.condition).days_since_noncurrent_time == 30])
    error_message = "Replaced episodes stay for ever."
  }
  assert {
    condition     = alltrue([for each in google_storage_bucket.this : length(each.cors) == 0])
    error_message = "Other sites may play episodes unasked."
  }
}
