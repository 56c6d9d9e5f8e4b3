#!/usr/bin/env bash
# Runs the gate on what a pull request changes. The values come in as environment variables, never as text of a script.
set -euo pipefail
arguments=(check --format github)
if [ "${KB_STRICT:-false}" = "true" ]; then arguments+=(--strict); fi
# A push that makes a branch has no commit before it: then everything is checked.
if [ -n "${KB_BASE:-}" ] && [ -n "${KB_BASE//0/}" ]; then
  git rev-parse --verify --quiet "${KB_BASE}^{commit}" > /dev/null || git fetch --quiet --depth=1 origin "$KB_BASE"
  arguments+=(--base "$KB_BASE")
fi
exec kb --kb "$KB_FOLDER" "${arguments[@]}"
