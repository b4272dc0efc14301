#!/usr/bin/env bash
# Deploy dropcast to a project, or take it back; `make` calls it: deploy, plan, apply, destroy, api-keys.
# PROJECT and REGION say where; NAME (dropcast) begins every name; STATE is the bucket that keeps Terraform's state.
set -euo pipefail
cd "$(dirname "$0")"

stop() { echo "$1" >&2; exit 1; }

[ -n "${PROJECT:-}" ] || stop "Say which project: make deploy PROJECT=my-project REGION=europe-west1"
: "${REGION:=europe-west1}" "${NAME:=dropcast}"
: "${STATE:=$PROJECT-$NAME-state}"
uploads=$PROJECT-$NAME-uploads jobs=$PROJECT-$NAME-jobs episodes=$PROJECT-$NAME-episodes
plan=deployment.tfplan
export TF_IN_AUTOMATION=1 TF_INPUT=0
export TF_VAR_project=$PROJECT TF_VAR_region=$REGION TF_VAR_name=$NAME

need() { command -v "$1" > /dev/null || stop "$1 is not installed: see $2"; }
need_terraform() { need terraform https://developer.hashicorp.com/terraform/install; }
need_gcloud() { need gcloud https://cloud.google.com/sdk/docs/install; }

# What must be there before Terraform can begin: who asks, some services, their own accounts, a bucket for the state.
bootstrap() {
  gcloud auth application-default print-access-token > /dev/null 2>&1 ||
    stop "Terraform does not know who you are: gcloud auth application-default login"
  gcloud services enable cloudresourcemanager.googleapis.com pubsub.googleapis.com secretmanager.googleapis.com \
    serviceusage.googleapis.com storage.googleapis.com --project "$PROJECT"
  for service in pubsub secretmanager; do
    gcloud beta services identity create --service "$service.googleapis.com" --project "$PROJECT" --quiet
  done
  if ! gcloud storage buckets describe "gs://$STATE" > /dev/null 2>&1; then
    gcloud storage buckets create "gs://$STATE" --project "$PROJECT" --location "$REGION" \
      --uniform-bucket-level-access --public-access-prevention
    gcloud storage buckets update "gs://$STATE" --versioning
  fi
}

# The API's keys are kept in Secret Manager alone. Only where there are none a first one is made: whatever goes wrong in
# looking for them ends this, or clients would be locked out.
api_keys() {
  if [ -n "${API_KEYS:-}" ]; then
    printf '%s' "$API_KEYS"
    return
  fi
  need_gcloud
  local secret=$NAME-api-keys found=
  found=$(gcloud secrets list --project "$PROJECT" --filter "name~/$secret\$" --format "value(name)") || return 1
  if [ -n "$found" ]; then
    found=$(gcloud secrets versions list "$secret" --project "$PROJECT" --filter "state=ENABLED" --limit 1 \
      --format "value(name)") || return 1
  fi
  if [ -n "$found" ]; then
    gcloud secrets versions access latest --secret "$secret" --project "$PROJECT"
  else
    printf '{"first":"%s"}' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"
  fi
}

init() { terraform init -reconfigure -backend-config="bucket=$STATE" > /dev/null; }

make_plan() {
  local keys
  keys=$(api_keys) || stop "The API's keys cannot be read: nothing is planned."
  (umask 077 && TF_VAR_api_keys=$keys terraform plan -out "$plan") # it holds the keys
}

apply_plan() {
  [ -e "$plan" ] || stop "There is no plan to apply: make plan PROJECT=$PROJECT REGION=$REGION"
  terraform apply "$plan"
  rm -f "$plan"
}

# Two lines in, an episode out: it works.
smoke() {
  local seconds
  rm -rf ../build/smoke
  "$BIN/dropcast" render ../examples/smoke.json --force --output ../build/smoke \
    --uploads "gs://$uploads" --episodes "gs://$episodes" --jobs "gs://$jobs"
  seconds=$("$BIN/python" -c '
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
print(round(report["samples"] / report["sampleRateHertz"]))' ../build/smoke/smoke.report.json)
  if [ "$seconds" -lt 1 ] || [ "$seconds" -gt 30 ]; then
    stop "The two lines of examples/smoke.json became $seconds s of sound: that cannot be them. See build/smoke."
  fi
  echo "It works: two lines became $seconds s of sound, build/smoke/smoke.mp3"
}

# Uploads and episodes are somebody's: they are never destroyed with the rest.
refuse_unless_empty() {
  local kept bucket
  kept=$(gcloud storage buckets list --project "$PROJECT" --filter "name=($uploads OR $episodes)" --format "value(name)")
  for bucket in $kept; do
    gcloud storage rm "gs://$bucket/smoke.*" --all-versions > /dev/null 2>&1 || true # what `make deploy` put there
    if [ -n "$(gcloud storage objects list "gs://$bucket/**" --limit 1 --format "value(name)")" ]; then
      echo "gs://$bucket is not empty, so nothing was destroyed. Save what you need, then" >&2
      stop "  gcloud storage rm 'gs://$bucket/**' --recursive --all-versions"
    fi
  done
}

case "${1:-}" in
  deploy)
    need_terraform
    need_gcloud
    : "${BIN:?make deploy sets it: where the dropcast command is}"
    bootstrap
    init
    make_plan
    apply_plan
    smoke
    terraform output
    ;;
  plan)
    need_terraform
    init
    make_plan
    ;;
  apply)
    need_terraform
    init
    apply_plan
    ;;
  destroy)
    need_terraform
    need_gcloud
    init
    refuse_unless_empty
    # All goes, whatever the keys are; where callers are allowed, there must be some.
    TF_VAR_api_keys='{"none":"000000000000000000000000"}' terraform destroy -auto-approve
    echo "Left are the services, which stay enabled, and Terraform's state: gcloud storage rm gs://$STATE --recursive"
    ;;
  api-keys)
    api_keys
    echo
    ;;
  *) stop "infra/deploy.sh deploy|plan|apply|destroy|api-keys" ;;
esac
