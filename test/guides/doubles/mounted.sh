#!/bin/sh
# What a person does on a bucket that s3fs has mounted. Prints a line for each thing that came out as
# it must; the first that does not ends it.
set -eu
bucket=$1
mount=$2
. "$(dirname "$0")/mounting.sh"
unmounted() {
  fusermount -u "$mount"
  wait "$s3fs" || true
}
mounted
echo one >"$mount/file" && echo two >>"$mount/file"
[ "$(cat "$mount/file")" = "one
two" ] && echo 'written and appended to'
mkdir "$mount/folder" && echo a >"$mount/folder/a b" && mv "$mount/folder" "$mount/renamed"
[ "$(ls "$mount/renamed")" = 'a b' ] && echo 'a folder renamed'
chmod 640 "$mount/file" && ln -s file "$mount/link"
head -c 17000000 /dev/urandom >"$HOME/big" && cp "$HOME/big" "$mount/big"
unmounted
mounted
[ "$(stat -c %a "$mount/file")" = 640 ] && [ "$(readlink "$mount/link")" = file ] && echo 'modes and links kept'
cmp "$HOME/big" "$mount/big" && echo '17 MB read back'
rm -r "$mount/renamed" "$mount/big" && [ "$(ls "$mount")" = 'file
link' ] && echo 'removed'
unmounted
