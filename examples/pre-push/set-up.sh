#!/bin/sh
# Installs the hook; everybody who works in this repository runs this once. Teams that use a hook manager take the other files.
set -eu
pullable hook install
