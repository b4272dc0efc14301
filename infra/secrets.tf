# The API's keys, as one JSON object of names and keys: a write-only argument, so that no state holds them.
locals {
  api_keys = jsonencode(var.api_keys)
  has_keys = nonsensitive(length(var.api_keys) > 0)
}

resource "google_secret_manager_secret" "api_keys" {
  count = local.has_keys ? 1 : 0

  secret_id = "${var.name}-api-keys"
  replication {
    user_managed {
      replicas {
        location = var.region
        dynamic "customer_managed_encryption" {
          for_each = var.kms_key == null ? [] : [var.kms_key]
          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.this]
}

resource "google_secret_manager_secret_version" "api_keys" {
  count = local.has_keys ? 1 : 0

  secret                 = google_secret_manager_secret.api_keys[0].id
  secret_data_wo         = local.api_keys
  secret_data_wo_version = parseint(substr(nonsensitive(sha256(local.api_keys)), 0, 7), 16) # another one for other keys

  lifecycle {
    create_before_destroy = true # until the API has been deployed with the new one, it needs the old one
  }
}
