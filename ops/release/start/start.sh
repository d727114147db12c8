#!/bin/sh
# Starts pollwire in the folder of this file and opens its page. Ctrl-C stops it.
cd "${0%"${0##*/}"}." || exit 1 # this file's path without its name
exec ./pollwire -open "$@"
