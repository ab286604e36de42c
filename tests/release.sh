#!/bin/sh
# The package in a Debian of another release, as a new user has it: a root that debootstrap has made,
# with nothing in it, and the commands of the README. Not part of "make check": it needs root,
# debootstrap, the network, 2 GB and some minutes a release.
#   tests/release.sh SUITE STEP...
#     SUITE   bookworm, trixie, sid, or experimental: sid with the GStreamer of experimental
#     STEP    quickstart, check: scripts/quickstart, scripts/check
#             repeat: five default runs, two of them with both cores busy
#             align: what shmcheck-align says of the real GstShmAllocator, in GStreamer since 1.24
#             proofs: which proofs of known issues still show their defect (told, never a failure)
# RELEASES: the directory of the roots, kept for the next time (/var/tmp/shmdiag-releases).
# MIRROR: where packages come from.
# Exits 0 when all is well, 1 when a step failed, 77 when there is no such root to be had, 2 usage.
# shellcheck disable=SC2016,SC2317 # $ is for an inner shell; steps are called by name
set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 99
mirror=${MIRROR:-http://deb.debian.org/debian}
steps_known='quickstart check repeat align proofs'

usage () { echo "release.sh: $*" >&2; exit 2; }
cannot () { echo "not run: $*"; exit 77; }

[ $# -ge 2 ] || usage "usage: release.sh SUITE STEP... (steps: $steps_known)"
suite=$1
shift
case $suite in
  bookworm | trixie | sid) base=$suite ;;
  experimental) base=sid ;;
  *) usage "suite: not bookworm, trixie, sid or experimental: $suite" ;;
esac
for step in "$@"; do
  case " $steps_known " in
    *" $step "*) ;;
    *) usage "step: not one of $steps_known: $step" ;;
  esac
done
root=${RELEASES:-/var/tmp/shmdiag-releases}/$suite
log=$root.log

[ "$(id -u)" = 0 ] || cannot "root is needed"
command -v debootstrap >/dev/null || cannot "debootstrap is not installed"

# within COMMAND...: in that Debian, with mounts and processes that go with it. Its /dev/shm is its
# own: areas of other runs on this machine are none of its business.
within ()
{
  ROOT=$root timeout -k 10 3600 unshare -m -p -f --kill-child --propagation private sh -c '
    mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" &&
      mount -t tmpfs -o mode=1777 tmpfs "$ROOT/dev/shm" || exit 99
    exec env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive TERM=dumb \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      chroot "$ROOT" sh -c "cd /root/shmdiag 2>/dev/null; exec \"\$@\"" sh "$@"' sh "$@" </dev/null
}

# made WHAT COMMAND...: a step in making the root; what cannot be fetched is no fault of ours
made ()
{
  what=$1
  shift
  "$@" >>"$log" 2>&1 || cannot "$suite: $what: $(tail -n 1 "$log"); see $log"
}

make_root ()
{
  [ ! -e "$root/.complete" ] || return 0
  rm -rf "$root"
  mkdir -p "$root"
  made debootstrap debootstrap --variant=minbase "$base" "$root" "$mirror"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  # A mirror that lags behind will do.
  echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/90late-mirror"
  made "apt-get update" within apt-get -qq -o Acquire::Retries=3 update
  if [ "$suite" = experimental ]; then
    echo "deb $mirror experimental main" >"$root/etc/apt/sources.list.d/experimental.list"
    made "apt-get update" within apt-get -qq -o Acquire::Retries=3 update
    # Those of sid first, so that nothing but GStreamer comes from there.
    for from in sid experimental; do
      made "GStreamer of $from" within apt-get -qq -y --no-install-recommends \
        -o Acquire::Retries=3 -t "$from" install libgstreamer1.0-dev \
        libgstreamer-plugins-base1.0-dev gstreamer1.0-plugins-base gstreamer1.0-plugins-bad \
        gstreamer1.0-tools
    done
  fi
  touch "$root/.complete"
}

copy_sources ()
{
  rm -rf "$root/root/shmdiag"
  mkdir -p "$root/root/shmdiag"
  (cd "$top" && tar cf - --exclude=./build --exclude=./autom4te.cache --exclude=./config.status \
    --exclude=./configure .) | tar xf - -C "$root/root/shmdiag" || exit 99
  # The checkout of somebody else, for git in there.
  printf '[safe]\n\tdirectory = *\n' >"$root/root/.gitconfig"
}

# ended STATUS [NAME]: tells how a step ended, by its own output; what failed is kept whole
ended ()
{
  name=${2:-$step}
  if [ "$1" = 0 ] && ! grep -qE '^XPASS|(^|[^0-9])[1-9][0-9]* (FAIL|XPASS|BROKEN)' "$root.$step.out"
  then
    echo "$suite $name: ok, $(($(date +%s) - begin)) s: $(tail -n 1 "$root.$step.out")"
    return
  fi
  failed=1
  cp "$root.$step.out" "$root.$step.failed"
  tail -n 80 "$root.$step.out" | sed 's/^/# /'
  grep -hE '^(FAIL|ERROR|XPASS|not ok)|XPASS' "$root.$step.out" | sort -u | tail -n 40
  echo "$suite $name: FAILED, status $1, $(($(date +%s) - begin)) s: $(tail -n 1 "$root.$step.out"); see $root.$step.failed"
}

step_quickstart ()
{
  within scripts/quickstart >"$root.$step.out" 2>&1
  ended $?
}

step_check ()
{
  within sh -c 'exec scripts/check -j "$(nproc)"' >"$root.$step.out" 2>&1
  ended $?
}

step_repeat ()
{
  for round in 1 2 3 4 5; do
    load=
    # Nothing else is needed to keep a core busy.
    [ $((round % 2)) = 1 ] || load='for core in $(seq "$(nproc)"); do (while :; do :; done) & done;'
    within sh -c "$load build/shmstress run --known=allow --jobs=2 --timeout-factor=2" \
      >"$root.$step.out" 2>&1
    ended $? "run $round${load:+ (cores busy)}"
  done
}

# point STATUS TEXT ARGUMENT...: shmcheck-align ends with STATUS and says TEXT
point ()
{
  wanted=$1 text=$2
  shift 2
  within build/shmcheck-align "$@" >"$root.$step.out" 2>&1
  status=$?
  if [ "$status" != "$wanted" ] || ! grep -qF -- "$text" "$root.$step.out"; then
    failed=1
    sed 's/^/# /' "$root.$step.out"
    echo "$suite shmcheck-align $*: FAILED, status $status, wanted $wanted with: $text"
  fi
}

step_align ()
{
  case $version in
    1.2[4-8].*)
      point 1 'known: K5 (MR 11118, issue 4406), fixed in 1.29.2' allocators shm
      point 1 'size=100 maxsize=107 page_ceil=4096 WASTED 3989 bytes' allocators shm --style=seed
      ;;
  esac
  point 0 '0 FAIL' allocators --known=allow
  point 0 '0 FAIL' allocators --known=allow twin:clean
  echo "$suite align: done"
}

step_proofs ()
{
  within sh -c 'for name in $(tests/proofs/run.sh | cut -d " " -f 1); do
      said=$(tests/proofs/run.sh "$name" 2>&1)
      case $? in
        0) word=shows ;;
        1) word=gone ;;
        *) word="not run" ;;
      esac
      echo "$name: $word: $(echo "$said" | tail -n 1)"
    done' >"$root.$step.out" 2>&1
  sed "s/^/$suite proof /" "$root.$step.out"
}

make_root
copy_sources
failed=0
version=unknown
for step in "$@"; do
  begin=$(date +%s)
  "step_$step"
  version=$(within pkg-config --modversion gstreamer-1.0 2>/dev/null)
done
echo "$suite: GStreamer $version, $(within cc --version 2>/dev/null | head -n 1)"
exit $failed
