#!/bin/sh
# poolwatch on real shm pipes: an area with both of its holders, its orphan, and what clean-orphans
# removes and leaves. In namespaces of its own, with a /dev/shm of its own: no area of anybody else
# is seen, and every process can be read.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

enter='unshare --mount --pid --fork --kill-child --mount-proc'
[ "$(id -u)" = 0 ] || enter="$enter --user --map-root-user"
if [ "${POOLWATCH_INSIDE-}" != yes ]; then
  if ! command -v gst-launch-1.0 >/dev/null; then
    echo '1..0 # SKIP gst-launch-1.0 is not here'
    exit 0
  fi
  # shellcheck disable=SC2086 # words
  if ! $enter mount -t tmpfs tmpfs /dev/shm 2>/dev/null; then
    echo '1..0 # SKIP namespaces cannot be made here'
    exit 0
  fi
  export POOLWATCH_INSIDE=yes
  # shellcheck disable=SC2086
  exec $enter sh "$0"
fi
mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 99
begin

# --- a pipe ---

# produce: a producer in $producer, its area in $area (as poolwatch calls it) and $file
produce ()
{
  gst-launch-1.0 -q --no-fault videotestsrc is-live=true ! \
    video/x-raw,format=GRAY8,width=100,height=75,framerate=30/1 ! \
    shmsink "socket-path=$temp/socket" shm-size=100000 wait-for-connection=false \
    >producer.out 2>&1 </dev/null &
  producer=$!
  area=shmpipe.$producer.0
  file="/dev/shm/$(printf 'shmpipe.%5d.%5d' $producer 0)"
  within 20 test -S socket || echo "no socket: $(cat producer.out)"
  within 20 test -s "$file" || echo "no area: $(ls /dev/shm)"
}

maps () { grep -qs 'shmpipe' "/proc/$1/maps"; }

# consume: a consumer in $consumer, which has the area
consume ()
{
  gst-launch-1.0 -q --no-fault shmsrc "socket-path=$temp/socket" ! fakesink sync=false \
    >consumer.out 2>&1 </dev/null &
  consumer=$!
  within 20 maps $consumer || echo "no consumer: $(cat consumer.out)"
}

# slay PID...
slay ()
{
  kill -KILL "$@" 2>/dev/null
  { wait "$@"; } 2>/dev/null
}

look () { timeout 30 poolwatch check --config=none --source gst-shm --format json --no-store >seen.json; }

# shown AREA: what was looked at of it
shown () { sed -n "/\"pool\" : \"$1\"/,/^    }/p" seen.json; }

# tells AREA TEXT...
tells ()
{
  shown "$1" >one
  shift
  for text; do
    has "$text" one
  done
}

clean () { try 0 poolwatch clean-orphans --private-shm "$@"; }

as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'

# --- a pipe that works ---

both_holders ()
{
  look
  tells "$area" '"memory_bytes" : 100000' '"owner_state" : "alive"' \
    "\"owner\" : \"pid $producer gst-launch-1.0\"" '"num_holders" : 2' \
    "\"pid\" : $producer" "\"pid\" : $consumer" '"mapped_bytes" : 10' \
    "its creator listens on $temp/socket"
}

kept_alive ()
{
  clean --yes
  has "kept $area: pid $producer gst-launch-1.0 made it and is alive"
  [ -e "$file" ] || echo "$file: removed"
}

# --- and one that does not ---

orphan_with_holder ()
{
  look
  tells "$area" '"owner_state" : "gone"' '"num_holders" : 1' "\"pid\" : $consumer" \
    'its creator has ended, others still have it'
  clean --yes
  has "kept $area: pid $consumer gst-launch-1.0 still has it"
  [ -e "$file" ] || echo "$file: removed"
}

orphan_without_holder ()
{
  look
  tells "$area" '"owner_state" : "gone"' '"num_holders" : 0' 'poolwatch clean-orphans removes it'
  clean
  has "orphan $area: 100000 bytes"
  has 'Nothing was removed'
  [ -e "$file" ] || echo "$file: removed by a dry run"
  clean --yes other.1
  [ -e "$file" ] || echo "$file: removed, although another was named"
}

not_outside ()
{
  try 99 poolwatch clean-orphans --yes
  one_line 'this is a PID namespace of its own'
  [ -e "$file" ] || echo "$file: removed"
}

# held COMMAND...: runs it while a process that nobody may read has the area open
held ()
{
  sleep 60 8<"$file" &
  unread=$!
  within 10 grep -qs sleep "/proc/$unread/comm"
  "$@"
  slay "$unread"
}

# clean_as_nobody STATUS [OPTION...]
clean_as_nobody ()
{
  wanted=$1
  shift
  # shellcheck disable=SC2086 # words
  timeout 30 $as_nobody "$(command -v poolwatch)" clean-orphans --private-shm "$@" >out 2>err
  same status $? "$wanted"
}

# A process of root's, as nobody: /proc does not tell, the kernel does, unless it may not.
nobody ()
{
  clean_as_nobody 0 --yes
  has "kept $area: belongs to user 0"
  chown 65534 "$file"
  clean_as_nobody 0
  has "orphan $area: 100000 bytes"
  held clean_as_nobody 0 --yes
  has "kept $area: a process that /proc does not show still has it open"
  timeout 30 setpriv --bounding-set=-lease,-sys_ptrace --inh-caps=-lease,-sys_ptrace \
    poolwatch clean-orphans --private-shm --yes >out 2>err
  same 'status of who may ask nobody' $? 99
  chown 0 "$file"
  one_line 'cannot be read (pid'
  grep -qE "^kept $area: [0-9]+ process(es)? cannot be read \\(pid [0-9 .]+\\) and may have it" out || cat out
  [ -e "$file" ] || echo "$file: removed"
  timeout 30 setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v poolwatch)" \
    check --config=none --source gst-shm --format json --no-store >seen.json
  same status $? 1
  has 'cannot be read (pid' seen.json
  has CAP_SYS_PTRACE seen.json
  tells "$area" '"memory_bytes" : 100000' '"owner_state" : "gone"'
  ! grep -q num_holders one || echo 'holders are told, although not all can be seen'
}

removed ()
{
  try 0 poolwatch --clean-orphans --private-shm --yes "$area"
  has "removed $area: 100000 bytes"
  [ ! -e "$file" ] || echo "$file: still there"
  clean --yes
  [ ! -s out ] || echo "something is left: $(cat out)"
}

# --- a /proc that tells nothing ---

# elsewhere SCRIPT: runs it in a mount namespace of its own
elsewhere () { unshare --mount sh -c "$1" sh "$file" >out 2>err </dev/null; }

# not_gone TEXT: what is seen of the area, and TEXT, which is why
not_gone ()
{
  shown "$area" >one
  has '"memory_bytes" : 100000' one
  ! grep owner_state one
  ! grep -q num_holders one || echo 'holders are told'
  has "$1" seen.json
}

watch_json='poolwatch check --config=none --source gst-shm --format json --no-store'

# The pipe works: no /proc is a reason to remove its area, or to call its producer gone.
no_proc ()
{
  elsewhere 'mount -t tmpfs tmpfs /proc && timeout 30 poolwatch clean-orphans --private-shm --yes'
  same status $? 99
  one_line '/proc: is not mounted (mount -t proc proc /proc): nothing is removed'
  [ -e "$file" ] || echo "$file: removed"
  elsewhere "mount -t tmpfs tmpfs /proc && timeout 30 $watch_json"
  same status $? 3
  mv out seen.json
  not_gone '/proc: is not mounted'
}

# Nor is one that is made up.
false_proc ()
{
  # shellcheck disable=SC2016 # of that shell
  elsewhere 'mkdir "$TMPDIR/p" && cp -r /proc/self/status "$TMPDIR/p" && mkdir "$TMPDIR/p/1" &&
    mount --bind "$TMPDIR/p" /proc && timeout 30 poolwatch clean-orphans --private-shm --yes'
  same status $? 99
  one_line '/proc: is not mounted'
  [ -e "$file" ] || echo "$file: removed"
}

# In a PID namespace without a /proc of its own nobody here has any number.
foreign_proc ()
{
  timeout 30 unshare --pid --fork --kill-child \
    poolwatch clean-orphans --private-shm --yes >out 2>err </dev/null
  same status $? 99
  one_line '/proc: is of another PID namespace'
  [ -e "$file" ] || echo "$file: removed"
}

# hidden OPTION: as nobody, for whom such a /proc hides the producer
hidden ()
{
  elsewhere "mount -t proc -o '$1' proc /proc && exec timeout 30 $as_nobody \
    $(command -v poolwatch) clean-orphans --private-shm --yes"
  same "$1: status" $? 99
  one_line '/proc hides processes'
  [ -e "$file" ] || echo "$1: $file: removed"
  for holders in yes no; do
    elsewhere "mount -t proc -o '$1' proc /proc && exec timeout 30 $as_nobody \
      $(command -v poolwatch) check --config=none --source gst-shm,holders=$holders \
      --format json --no-store"
    same "$1: holders=$holders: status" $? 3
    mv out seen.json
    not_gone 'does not tell whether its creator is alive'
  done
}

# To whom it hides nothing, it is as good as any.
hides_not_from_root ()
{
  elsewhere 'mount -t proc -o hidepid=2 proc /proc &&
    timeout 30 poolwatch clean-orphans --private-shm --yes'
  same status $? 0
  has 'made it and is alive'
}

# A capture is of another time.
not_below_sysroot ()
{
  try 99 poolwatch clean-orphans --private-shm --yes --sysroot=/proc/1/root
  one_line '--yes removes nothing below a --sysroot'
  [ -e "$file" ] || echo "$file: removed"
}

# A process in a mount namespace with a /dev/shm of its own, of which "maps" cannot be read
unreadable_elsewhere ()
{
  unshare --mount sh -c 'mount -t tmpfs tmpfs /dev/shm && touch ready && exec sleep 60' &
  other=$!
  within 10 test -e ready || echo 'not ready'
  rm -f ready
  within 10 grep -qs sleep "/proc/$other/comm"
  # Reading it is an error for everybody.
  mount --bind /proc/1/mem "/proc/$other/maps" || echo 'no mount'
  try 0 poolwatch clean-orphans --private-shm "$area"
  has "orphan $area: 100000 bytes"
  sleep 60 8<"$file" &
  ours=$!
  within 10 grep -qs sleep "/proc/$ours/comm"
  mount --bind /proc/1/mem "/proc/$ours/maps" || echo 'no mount'
  try 0 poolwatch clean-orphans --private-shm --yes "$area"
  has "kept $area: a process that /proc does not show still has it open"
  [ -e "$file" ] || echo "$file: removed"
  umount "/proc/$other/maps" "/proc/$ours/maps"
  slay "$other" "$ours"
}

# --- what is no area ---

others ()
{
  echo precious >precious
  ln -s "$temp/precious" '/dev/shm/shmpipe.99999.    0'
  mkdir '/dev/shm/shmpipe.99998.    0'
  : >/dev/shm/shmpipe.99997.0
  : >'/dev/shm/shmpipe.99996.    0x'
  : >'/dev/shm/other'
  ls /dev/shm >before
  clean --yes
  [ ! -s out ] || echo "taken for areas: $(cat out)"
  ls /dev/shm >after
  cmp before after
  same precious "$(cat precious)" precious
  rm -rf /dev/shm/*
}

# A descriptor holds it as well as a mapping does.
held_by_fd ()
{
  name='shmpipe.99999.    7'
  printf 12345678 >"/dev/shm/$name"
  sleep 60 9<"/dev/shm/$name" &
  held=$!
  clean --yes
  has "kept shmpipe.99999.7: pid $held sleep still has it"
  slay "$held"
  clean --yes "$name"
  has 'removed shmpipe.99999.7: 8 bytes'
}

# The number of its creator is that of another process, which is younger than the area.
number_reused ()
{
  next=$(($(cat /proc/sys/kernel/ns_last_pid) + 100))
  name=$(printf 'shmpipe.%5d.    0' $((next + 1)))
  : >"/dev/shm/$name"
  sleep 3
  echo "$next" >/proc/sys/kernel/ns_last_pid
  sleep 60 &
  other=$!
  same 'its number' "$other" $((next + 1))
  look
  tells "shmpipe.$other.0" '"owner_state" : "gone"' "its creator has ended; pid $other is sleep now"
  clean --yes
  has "removed shmpipe.$other.0"
  slay "$other"
}

# Not by check, whose subshell would keep what they set for itself.
produce >complaints
verdict 'a pipe with a producer' "$(cat complaints)"
consume >complaints
verdict 'and a consumer' "$(cat complaints)"
check 'the area, its size, its creator, both holders' both_holders
check 'it is not removed' kept_alive
check 'no /proc' no_proc
check 'a /proc that is none' false_proc
check 'a /proc of another PID namespace' foreign_proc
if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
  for option in hidepid=1 hidepid=2 hidepid=ptraceable subset=pid,hidepid=2; do
    if unshare --mount mount -t proc -o "$option" proc /proc 2>/dev/null; then
      check "a /proc that hides: $option" hidden "$option"
    else
      skip "a /proc that hides: $option" 'it cannot be mounted here'
    fi
  done
else
  skip 'a /proc that hides' 'we cannot be nobody'
fi
check 'a /proc that hides from others' hides_not_from_root
check 'not below a --sysroot' not_below_sysroot
kill -STOP $consumer
slay $producer
check 'an orphan that a consumer has' orphan_with_holder
slay $consumer
check 'an orphan that nobody has' orphan_without_holder
check 'not sure who else uses /dev/shm' not_outside
if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
  check 'nobody may not tell' nobody
else
  skip 'nobody may not tell' 'we cannot be nobody'
fi
if mount --bind /proc/1/mem /proc/$$/maps 2>/dev/null; then
  umount /proc/$$/maps
  check 'who cannot be read, here and elsewhere' unreadable_elsewhere
else
  skip 'who cannot be read, here and elsewhere' 'nothing can be mounted below /proc'
fi
check 'it is removed' removed
check 'what is no area' others
check 'held by a descriptor' held_by_fd
if [ -w /proc/sys/kernel/ns_last_pid ]; then
  check 'a number used again' number_reused
else
  skip 'a number used again' 'the next number cannot be chosen'
fi
finish
