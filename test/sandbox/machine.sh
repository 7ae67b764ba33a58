#!/bin/sh
# A machine from its beginning to its end, as root: `sh machine.sh CACHE LAYERS FREEZE`. Says on standard output, in one
# line, its name, its own process and its address, and runs until the machine is powered off, or until its standard
# input is closed without the word `keep` before. Mounts, processes and the link go with namespaces, whoever is killed;
# what stands on disk is removed here, or by the next sweep.
#   CACHE   the folder that holds all of the sandbox
#   LAYERS  the frozen folders that the machine stands on, uppermost first, with colons between
#   FREEZE  where what it wrote is moved when it is powered off; empty: nowhere
# `sh machine.sh CACHE` only sweeps: removes what owners that were killed left.
set -eu
cache=$1 layers=${2:-} freeze=${3:-}
machines=$cache/machines

# Limits hold where a machine has a cgroup of its own in each hierarchy: one on version 2, several on version 1.
hierarchies() { awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) ~ /^cgroup2?$/) print $5 }' /proc/self/mountinfo; }

# The 22nd field, counted from behind the name in parentheses, tells a process from a later one with the same number.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

remove() {
  for hierarchy in $(hierarchies); do
    # Those that were killed leave it one after the other; half a minute is plenty.
    tries=0
    while [ -d "$hierarchy/$1" ] && [ "$tries" -lt 300 ]; do
      find "$hierarchy/$1" -depth -type d -exec rmdir {} \; 2>/dev/null || :
      tries=$((tries + 1))
      [ ! -d "$hierarchy/$1" ] || sleep 0.1
    done
  done
  rm -rf "${machines:?}/$1"
}

sweep() {
  for state in "$machines"/*/; do
    [ -d "$state" ] || continue
    owner= since=
    if [ -f "$state/owner" ]; then read -r owner since <"$state/owner"; fi
    [ -n "$since" ] && [ "$(started "$owner")" = "$since" ] || remove "$(basename "$state")"
  done
}

# In namespaces of its own, as their first process.
run() {
  name=$4 address=$5 state=$machines/$4
  # What is not to be kept goes to memory where that is plenty, and is gone with these namespaces.
  if [ -z "$freeze" ] && [ "$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)" -ge 8 ]; then
    mount -t tmpfs -o mode=755 tmpfs "$state"
    mkdir "$state/upper" "$state/work" "$state/root"
  fi
  options=lowerdir=$layers,upperdir=$state/upper,workdir=$state/work
  # Nothing of it outlives this computer's own end, so nothing has to reach the disk.
  mount -t overlay overlay -o "$options,volatile" "$state/root" 2>/dev/null ||
    mount -t overlay overlay -o "$options" "$state/root"
  while :; do
    systemd-nspawn --quiet --register=no --keep-unit --machine="$name" --directory="$state/root" --network-veth \
      --resolv-conf=off --timezone=off --link-journal=no --console=pipe /sbin/machine-init </dev/null >&2 &
    machine=$!
    until ip link show "ve-$name" >/dev/null 2>&1 && leader=$(pgrep -n -P "$machine"); do
      kill -0 "$machine" 2>/dev/null || break
      sleep 0.02
    done
    if [ -n "${leader:-}" ]; then
      ip address add "$address.1/30" dev "ve-$name"
      ip link set "ve-$name" up
      nsenter --target "$leader" --net ip address add "$address.2/30" dev host0
      nsenter --target "$leader" --net ip link set host0 up
      # The way out, to the registries, needs neither a forwarding kernel nor a rule in anybody's firewall.
      slirp4netns --configure --mtu=65520 --disable-host-loopback "$leader" out >/dev/null 2>&1 </dev/null &
    fi
    code=0
    wait "$machine" || code=$?
    leader=
    # So ends a machine that starts anew.
    [ "$code" = 133 ] || exit "$code"
  done
}

if [ "${6:-}" = inside ]; then run "$@"; fi

mkdir -p "$machines"
exec 3<&0 9>"$cache/machines.lock"
flock 9
sweep
[ -n "$layers" ] || exit 0
number=0
while ! mkdir "$machines/tenant-$number" 2>/dev/null || ip link show "ve-tenant-$number" >/dev/null 2>&1; do
  number=$((number + 1))
  [ "$number" -lt 250 ] || { echo 'there are 250 machines already' >&2; exit 1; }
done
name=tenant-$number state=$machines/tenant-$number
echo "$$ $(started $$)" >"$state/owner"
echo "$layers" >"$state/layers"
exec 9>&-
mkdir "$state/upper" "$state/work" "$state/root"

for hierarchy in $(hierarchies); do
  mkdir -p "$hierarchy/$name"
  for file in cpuset.cpus cpuset.mems; do
    [ ! -e "$hierarchy/$file" ] || cat "$hierarchy/$file" >"$hierarchy/$name/$file"
  done
done
child=
trap 'kill -KILL "$child" 2>/dev/null || :' TERM INT HUP
(
  for hierarchy in $(hierarchies); do sh -c 'echo $PPID >"$1"' sh "$hierarchy/$name/cgroup.procs"; done
  exec setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    sh "$0" "$cache" "$layers" "$freeze" "$name" "10.213.$number" inside
) </dev/null 3<&- &
child=$!
echo "$name $$ 10.213.$number.2"
exec >&2
{ read -r word && [ "$word" = keep ] || kill -KILL "$child" 2>/dev/null || :; } <&3 &
reader=$!
code=0
while kill -0 "$child" 2>/dev/null; do
  code=0
  wait "$child" || code=$?
done
kill "$reader" 2>/dev/null || :
if [ "$code" = 0 ] && [ -n "$freeze" ]; then mv -T "$state/upper" "$freeze"; fi
remove "$name"
exit "$code"
