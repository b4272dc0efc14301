#!/usr/bin/env bash
# Check what is here as far as the tools of this machine can. What they cannot is said, and is no failure.
set -euo pipefail
cd "$(dirname "$0")"

has() { command -v "$1" > /dev/null; }
skipped() { echo "skipped: $1"; }

scripts() {
  bash -n check.sh
  bash -n deploy.sh
  echo "the scripts are bash"
  if has shellcheck; then
    shellcheck check.sh deploy.sh
    echo "shellcheck has nothing to say"
  else
    skipped "shellcheck is not installed"
  fi
}

build() {
  if has "${BIN:-}/check-jsonschema"; then
    "$BIN/check-jsonschema" --builtin-schema vendor.cloudbuild ../cloudbuild.yaml
  else
    skipped "check-jsonschema is not installed (make setup): cloudbuild.yaml was not checked"
  fi
}

plans() {
  local said
  if ! has terraform; then
    skipped "terraform is not installed: what is planned was not checked"
    return
  fi
  terraform fmt -check -recursive
  echo "formatted as terraform does"
  TF_DATA_DIR=$(mktemp -d)
  export TF_DATA_DIR
  trap 'rm -rf "$TF_DATA_DIR"' EXIT
  if ! said=$(terraform init -backend=false -input=false -no-color 2>&1); then
    echo "$said" | sed -n '/Error/,$p' | head -5
    skipped "the providers cannot be fetched from here: neither validated nor tested"
    return
  fi
  terraform validate
  terraform test
}

scripts
build
plans
