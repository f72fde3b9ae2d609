#!/bin/sh
# A mount whose user loses his key: says "ready", waits for a line, and tells what he still can. Asked
# is what s3fs cannot answer from what it remembers.
set -eu
bucket=$1
mount=$2
. "$(dirname "$0")/mounting.sh"
mounted
ls "$mount" >/dev/null
echo ready
read -r _
if mkdir "$mount/new" 2>/dev/null; then echo made; else echo refused; fi
if ls "$mount" >/dev/null 2>&1; then echo listed; else echo refused; fi
