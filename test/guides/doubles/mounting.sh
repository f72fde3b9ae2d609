# Mounts $bucket at $mount with s3fs, and waits until it is there. To be read by other scripts.
# The same options as in /etc/fstab: none but the file with the keys, or the machine's role.
mkdir -p "$mount"
if [ -e "$HOME/passwd-s3fs" ]; then keys="passwd_file=$HOME/passwd-s3fs"; else keys="iam_role=auto"; fi
trap 'fusermount -u -z "$mount" 2>/dev/null || true' EXIT

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
