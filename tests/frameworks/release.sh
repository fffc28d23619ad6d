#!/usr/bin/env bash
# The images of a release on their way to a registry, with skopeo and Debian's docker-registry: two archives, one for each
# platform, become one index, which is pushed by its digest without a tag, and tagged last.
set -euo pipefail

cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
port=${PULLABLE_TEST_PORT:-5557}
trap 'kill "$registry" 2>/dev/null; rm -rf "$folder"' EXIT
printf 'version: 0.1\nstorage: { filesystem: { rootdirectory: %s/data } }\nhttp: { addr: 127.0.0.1:%s }\n' "$folder" "$port" >"$folder/registry.yml"
docker-registry serve "$folder/registry.yml" >"$folder/log" 2>&1 &
registry=$!
for _ in $(seq 50); do curl -fs "127.0.0.1:$port/v2/" >/dev/null && break; sleep 0.1; done

blob() { # FOLDER, content on standard input; prints digest and size
    cat >"$folder/blob"
    local digest
    digest=$(sha256sum <"$folder/blob" | cut -d ' ' -f 1)
    cp "$folder/blob" "$1/blobs/sha256/$digest"
    echo "sha256:$digest $(stat -c %s "$folder/blob")"
}
archive() { # ARCHITECTURE
    local layout=$folder/$1
    mkdir -p "$layout/blobs/sha256"
    read -r layer layer_size < <(tar -cf - -T /dev/null | gzip -n | blob "$layout")
    read -r config config_size < <(jq -cn --arg a "$1" --arg d "sha256:$(tar -cf - -T /dev/null | sha256sum | cut -d ' ' -f 1)" \
        '{architecture: $a, os: "linux", config: {}, rootfs: {type: "layers", diff_ids: [$d]}}' | blob "$layout")
    read -r manifest manifest_size < <(jq -cn --arg c "$config" --argjson cs "$config_size" --arg l "$layer" --argjson ls "$layer_size" \
        '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
          config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $c, size: $cs},
          layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $l, size: $ls}]}' | blob "$layout")
    jq -cn --arg d "$manifest" --argjson s "$manifest_size" '{schemaVersion: 2, manifests:
        [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s, annotations: {"org.opencontainers.image.created": "now"}}]}' \
        >"$layout/index.json"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    tar -C "$layout" -cf "$folder/$1.tar" .
}
archive amd64
archive arm64

digest=$(.github/release/layout.sh "$folder/layout" "$folder/arm64.tar" "$folder/amd64.tar")
image=127.0.0.1:$port/team/program
copy() { skopeo --insecure-policy copy --quiet --all --src-tls-verify=false --dest-tls-verify=false "$@"; }
copy "oci:$folder/layout" "docker://$image@$digest"
curl -s "127.0.0.1:$port/v2/team/program/tags/list" | grep -q NAME_UNKNOWN || { echo 'a tag exists before the last step' >&2; exit 1; }
copy "docker://$image@$digest" "docker://$image:1.0.0"
raw=$(skopeo inspect --raw --tls-verify=false "docker://$image:1.0.0")
test "sha256:$(printf '%s' "$raw" | sha256sum | cut -d ' ' -f 1)" = "$digest"
test "$(jq -r '[.manifests[].platform | "\(.os)/\(.architecture)"] | join(" ")' <<<"$raw")" = 'linux/amd64 linux/arm64'
echo 'release: two platforms, one index, tagged last'
