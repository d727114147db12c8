#!/bin/sh
# Starts pollwire in the folder of this file and opens its page. Ctrl-C stops it.
cd "$(dirname "$0")" || exit 1
exec ./pollwire -open "$@"
