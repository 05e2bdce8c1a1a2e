#!/bin/sh
# Stands for npm, node, terraform and gcloud in a rehearsal of cloudbuild.yaml: writes down how it was called and does the little that later
# steps look at. Buckets are folders.
set -eu
tool=$(basename "$0")
echo "$tool $*" >> "$CALLS"

case "$tool $*" in
"npm run build"*)
  mkdir -p dist
  echo "the new artefact" > dist/rollcall.zip
  echo "what it is made of" > dist/rollcall.sbom.json
  ;;
"terraform init"*) echo "providers" > .terraform.lock.hcl ;;
"terraform output"*)
  [ -z "$FIRST" ] || exit 1
  printf rollcall-old.zip
  ;;
"terraform plan"*) echo "a plan" > ../plan/terraform.tfplan ;;
"terraform apply"*terraform.tfplan*)
  cat ../plan/terraform.tfplan ../dist/rollcall.zip .terraform.lock.hcl > /dev/null
  [ "$FAILING" != apply ]
  ;;
"terraform apply"*) cat ../dist/previous.zip ;;
"node scripts/canary.ts"*) [ "$FAILING" != canary ] ;;
"gcloud storage cp"*)
  shift 2
  from="" to="" recursive=""
  for word; do
    case "$word" in
    --recursive) recursive=-r ;;
    --*) ;;
    *)
      case "$word" in gs://*) word="$BUCKETS/${word#gs://}" ;; esac
      from=$to
      to=$word
      ;;
    esac
  done
  case "$to" in */) mkdir -p "$to" ;; *) mkdir -p "$(dirname "$to")" ;; esac
  cp $recursive "$from" "$to"
  ;;
esac
