#!/usr/bin/env bash
# Verifies where the release archive ARCHIVE was built. The only step of the installation that has a token; it starts no
# program but gh, and leaves the checkout first.
set -euo pipefail

cd "$RUNNER_TEMP"
if ! command -v gh >/dev/null || ! gh attestation --help >/dev/null 2>&1; then
    echo 'gh is not installed: the checksum was verified, and the attestation was not.'
elif ! gh attestation verify "$ARCHIVE" --repo pullable/pullable; then
    printf '::error title=pullable::%s\n' 'the attestation of the release could not be verified'
    exit 2
fi
