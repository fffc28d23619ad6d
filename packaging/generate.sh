#!/usr/bin/env bash
# Writes the entries of package managers for a release, from its SHA256SUMS. Usage:
#
#   generate.sh VERSION SHA256SUMS FOLDER
#
# FOLDER/pullable.rb            Homebrew: for a tap, Formula/pullable.rb
# FOLDER/aqua/registry.yaml     aqua: pkgs/pullable/pullable of aqua-registry; mise reads it too (aqua:pullable/pullable)
# FOLDER/mise.toml              mise, without a registry: the release itself
set -euo pipefail

version=$1
sums=$2
folder=$3
repository=https://github.com/pullable/pullable
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "a version is written X.Y.Z, not $version" >&2; exit 2; }

sum() { # TARGET
    local found
    found=$(awk -v file="pullable-$version-$1.tar.gz" '$2 == file || $2 == "*" file { print $1 }' "$sums")
    [[ $found =~ ^[0-9a-f]{64}$ ]] || { echo "$sums has no checksum of pullable-$version-$1.tar.gz" >&2; exit 1; }
    echo "$found"
}
arm_mac=$(sum aarch64-apple-darwin)
intel_mac=$(sum x86_64-apple-darwin)
arm_linux=$(sum aarch64-unknown-linux-musl)
intel_linux=$(sum x86_64-unknown-linux-musl)

mkdir -p "$folder/aqua"
cat >"$folder/pullable.rb" <<FORMULA
class Pullable < Formula
  desc "Checks that the images of a GitOps change can be pulled before it merges"
  homepage "$repository"
  version "$version"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "$repository/releases/download/v$version/pullable-$version-aarch64-apple-darwin.tar.gz"
      sha256 "$arm_mac"
    end
    on_intel do
      url "$repository/releases/download/v$version/pullable-$version-x86_64-apple-darwin.tar.gz"
      sha256 "$intel_mac"
    end
  end

  on_linux do
    on_arm do
      url "$repository/releases/download/v$version/pullable-$version-aarch64-unknown-linux-musl.tar.gz"
      sha256 "$arm_linux"
    end
    on_intel do
      url "$repository/releases/download/v$version/pullable-$version-x86_64-unknown-linux-musl.tar.gz"
      sha256 "$intel_linux"
    end
  end

  def install
    bin.install "pullable"
    generate_completions_from_executable(bin/"pullable", "completions")
    (man1/"pullable.1").write Utils.safe_popen_read(bin/"pullable", "man")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/pullable --version")
    (testpath/"pod.yaml").write "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: nginx:1.29.0}]}\n"
    assert_match "nginx:1.29.0", shell_output("#{bin}/pullable images pod.yaml")
  end
end
FORMULA

cat >"$folder/aqua/registry.yaml" <<'AQUA'
packages:
  - type: github_release
    repo_owner: pullable
    repo_name: pullable
    description: Checks that the images of a GitOps change can be pulled before it merges
    asset: pullable-{{trimV .Version}}-{{.Arch}}-{{.OS}}.tar.gz
    format: tar.gz
    replacements:
      amd64: x86_64
      arm64: aarch64
      darwin: apple-darwin
      linux: unknown-linux-musl
      windows: pc-windows-msvc
    supported_envs:
      - darwin
      - linux
      - windows/amd64
    checksum:
      type: github_release
      asset: SHA256SUMS
      algorithm: sha256
    github_artifact_attestations:
      signer_workflow: pullable/pullable/.github/workflows/release.yml
AQUA

cat >"$folder/mise.toml" <<MISE
[tools]
"github:pullable/pullable" = "$version"
MISE
