#!/usr/bin/env bash
# Puts a pinned Helm, whose checksum is in helm.txt, into a folder of the runner. Output: `folder`; none where the helm on the
# PATH is used, if there is one. Nothing of the checkout runs here, no token is in the environment, and nothing is run
# before its checksum was verified.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$RUNNER_TEMP"
# A mirror may stand in for it: the checksum decides.
releases=${PULLABLE_HELM_RELEASES:-https://get.helm.sh}
protocols='=https'
if [[ -n ${PULLABLE_HELM_RELEASES:-} ]]; then protocols='=https,http'; fi

refuse() { printf '::error title=pullable::%s\n' "$1"; exit 2; }

case ${INPUT_HELM:-} in
pinned | '') ;;
path) exit 0 ;;
*) refuse 'the input helm is pinned or path' ;;
esac

case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
Linux-X64) platform=linux-amd64 ;;
Linux-ARM64) platform=linux-arm64 ;;
macOS-X64) platform=darwin-amd64 ;;
macOS-ARM64) platform=darwin-arm64 ;;
*)
    echo 'There is no pinned Helm for this runner: the helm on the PATH renders charts, if there is one.'
    exit 0
    ;;
esac

read -r version expected < <(awk -v platform="$platform" '$2 == platform { found = $1 " " $3 } END { print found }' "$here/helm.txt")
[[ ${expected:-} =~ ^[0-9a-f]{64}$ ]] || refuse "this version of the action knows no Helm for $platform"
folder=$RUNNER_TEMP/pullable-helm-$version
mkdir -p "$folder"
archive=$folder/helm.tar.gz
if ! curl --fail --silent --show-error --location --retry 3 --max-time 120 --proto "$protocols" \
    --output "$archive" "$releases/helm-v$version-$platform.tar.gz"; then
    echo "::warning title=pullable::Helm $version could not be downloaded: the helm on the PATH renders charts, if there is one"
    exit 0
fi
if command -v sha256sum >/dev/null; then actual=$(sha256sum <"$archive"); else actual=$(shasum -a 256 <"$archive"); fi
[[ ${actual%% *} == "$expected" ]] || refuse "the checksum of Helm $version for $platform is wrong: ${actual%% *}"
tar -xzf "$archive" -C "$folder" "$platform/helm"
rm "$archive"
printf 'folder=%s\n' "$folder/$platform" >>"$GITHUB_OUTPUT"
