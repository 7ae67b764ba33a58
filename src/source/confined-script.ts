/**
 * Runs a program of a source as an account of its own, in namespaces of its own, as process 1 of them: bash, started by
 * root as `unshare --mount --pid --ipc --fork`.
 *
 * Its arguments: a folder with an empty `root`, and with `inside`, whose `site`, `home` and `tmp` are the program's while it
 * runs; the number of its account; who they belong to afterwards; `show` or `hide` with a path, any number of them; `--`;
 * the program's words.
 *
 * Standard input has the environment, each NAME=VALUE ended by a zero byte, and an empty one last. It then stays open for
 * as long as somebody waits for the program. Once it closes, whatever else happened to who waited, all of it ends.
 */
export const CONFINED = `set -euo pipefail
umask 022
base=$1 account=$2 owner=$3 inside= root=$1/root
shift 3

leave() {
  local code=$?
  kill -KILL -1 2>/dev/null || :
  wait 2>/dev/null || :
  if [ -n "$inside" ]; then
    chown -R -h -- "$owner" "$inside"/{site,home,tmp}
    chmod -R u+rwX -- "$inside"/{site,home,tmp}
  fi
  exit "$code"
}
# However it ends: nothing of it goes on, and what it leaves can be read and removed by who has it next.
trap leave EXIT

exec 3<&0 </dev/null
environment=()
while IFS= read -r -d '' -u 3 pair && [ -n "$pair" ]; do environment+=("$pair"); done
{ cat <&3 >/dev/null || :; kill -KILL -1; } &

# A root of its own, in which nothing is but what is put there.
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root"

# A folder of the machine, with what is mounted in it, for reading: also where everybody may write to it.
show() {
  local at
  [ -e "$1" ] || return 0
  if [ -L "$1" ]; then
    ln -s -- "$(readlink -- "$1")" "$root$1"
    return
  fi
  mkdir -p -- "$root$1"
  mount --rbind -- "$1" "$root$1"
  while read -r _ _ _ _ at _; do
    printf -v at %b "$at"
    case $at/ in "$root$1"/*) mount -o remount,bind,ro,nosuid,nodev -- "$at" ;; esac
  done </proc/self/mountinfo
}

hide() {
  if [ -d "$root$1" ]; then
    mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root$1"
  elif [ -e "$root$1" ]; then
    mount --bind /dev/null "$root$1"
  fi
}

while [ "$1" != -- ]; do "$1" "$2"; shift 2; done
shift

mkdir -p "$root"/{proc,dev/shm,var,build,old}
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
ln -s /build/tmp "$root/tmp"
ln -s /build/tmp "$root/var/tmp"

# Programs ask for the name of their account.
for file in passwd group; do
  { cat "/etc/$file"; echo "site-build:x:$account:$([ $file = group ] || echo "$account::/build/home:/bin/sh")"; } >"$root/$file"
  mount --bind "$root/$file" "$root/etc/$file"
done
# It may be a link to where the machine keeps what runs.
resolver=$(readlink -f /etc/resolv.conf || :)
if [ -r "$resolver" ] && [ ! -e "$root$resolver" ]; then
  mkdir -p -- "$root\${resolver%/*}"
  cat -- "$resolver" >"$root$resolver"
fi

inside=$base/inside
chown -R -h -- "$account:$account" "$inside"/{site,home,tmp}
mount --bind "$inside" "$root/build"
mount -o remount,bind,nosuid,nodev "$root/build"
cd "$root"
pivot_root . old
cd /
inside=/build
umount -l /old
rmdir /old

setpriv=$(type -P setpriv)
(
  for name in $(compgen -e); do unset "$name"; done
  export "\${environment[@]}"
  cd /build/site
  exec "$setpriv" --reuid "$account" --regid "$account" --clear-groups --no-new-privs --bounding-set -all --inh-caps -all \\
    -- /bin/bash --norc -c 'type -P -- "$1" >/dev/null || { echo "cannot run $1" >&2; exit 127; }; exec "$@"' bash "$@" 3<&-
) &
wait "$!"
`
