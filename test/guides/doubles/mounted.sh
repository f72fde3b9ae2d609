#!/bin/sh
# What a person does on a bucket that s3fs has mounted. Prints a line for each thing that came out as
# it must; the first that does not ends it.
set -eu
bucket=$1
mount=$2
mkdir -p "$mount"
# The same options as in /etc/fstab: none but the file with the keys, or the machine's role.
if [ -e "$HOME/passwd-s3fs" ]; then keys="passwd_file=$HOME/passwd-s3fs"; else keys="iam_role=auto"; fi

mounted() {
  s3fs "$bucket" "$mount" -f -o "$keys" >"$HOME/s3fs.log" 2>&1 &
  s3fs=$!
  tries=0
  until grep -q " $mount fuse.s3fs " /proc/self/mounts; do
    kill -0 "$s3fs" 2>/dev/null || { cat "$HOME/s3fs.log"; exit 1; }
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || { echo "s3fs does not mount"; exit 1; }
    sleep 0.1
  done
}
unmounted() {
  fusermount -u "$mount"
  wait "$s3fs" || true
}
trap 'fusermount -u -z "$mount" 2>/dev/null || true' EXIT

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
