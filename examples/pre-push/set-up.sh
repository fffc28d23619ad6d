#!/bin/sh
# The hook for everybody who works in this repository; for teams that run hooks by a tool there are the other files.
set -eu
pullable hook install
