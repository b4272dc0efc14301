output "api_url" {
  description = "The base URL to which clients of the batch synthesis API append /texttospeech/…."
  value       = google_cloudfunctions2_function.this["api"].service_config[0].uri
}

output "buckets" {
  description = "Where scripts are dropped, what jobs write, and where episodes come."
  value       = { for name, bucket in google_storage_bucket.this : name => "gs://${bucket.name}" }
}

output "drop" {
  description = "How to drop a script."
  value       = "gcloud storage cp conversation.json gs://${google_storage_bucket.this["uploads"].name}/"
}

output "fetch" {
  description = "How to fetch its episode."
  value       = "gcloud storage cp gs://${google_storage_bucket.this["episodes"].name}/conversation.mp3 ."
}

output "in_flight" {
  description = "Speech requests in flight at most, and the workers and deliveries at once that this comes to."
  value       = { requests = local.in_flight, instances = local.resources.synthesize.instances, concurrency = local.resources.synthesize.concurrency }
}

output "logs" {
  description = "Where the life of a job can be read; append its name."
  value       = "gcloud logging read --project ${var.project} 'resource.labels.service_name=~\"^${var.name}-\" jsonPayload.job=\"JOB\"' --format 'value(timestamp,jsonPayload.message)'"
}
