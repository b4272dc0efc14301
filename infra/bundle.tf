# Exactly what is deployed: named by its hash, so that a deployment happens when the code changed, and only then.
data "archive_file" "functions" {
  type             = "zip"
  source_dir       = "${path.module}/../functions"
  output_path      = "${path.root}/.terraform/functions.zip"
  output_file_mode = "0644" # on every machine the same, or the hash would be another
  excludes         = ["**/__pycache__/**", "**/*.pyc"]
}

resource "google_storage_bucket_object" "functions" {
  name   = "functions-${data.archive_file.functions.output_sha256}.zip"
  bucket = google_storage_bucket.this["source"].name
  source = data.archive_file.functions.output_path
}
