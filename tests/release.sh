#!/bin/sh
# The real GstShmAllocator, which GStreamer has since 1.24: builds the package in a Debian of another
# release and looks at what shmcheck-align says of it there. Not part of "make check": it needs root,
# debootstrap, the network, 3 GB and some minutes.
#   tests/release.sh [SUITE [DIRECTORY]]       SUITE: trixie; DIRECTORY is kept, for the next time
# shellcheck disable=SC2016 # $ is for an inner shell
set -u
suite=${1:-trixie}
root=${2:-/var/tmp/shmdiag-$suite}
top=$(cd "$(dirname "$0")/.." && pwd) || exit 99
packages='gcc libc6-dev make pkg-config autoconf automake autoconf-archive git ca-certificates
  libglib2.0-dev libjson-glib-dev libcap-dev libsmartcols-dev libgstreamer1.0-dev
  libgstreamer-plugins-base1.0-dev gstreamer1.0-plugins-base gstreamer1.0-plugins-bad'
mirror=${MIRROR:-http://deb.debian.org/debian}

broken () { echo "release.sh: $*" >&2; exit 99; }

[ "$(id -u)" = 0 ] || broken "root is needed"
command -v debootstrap >/dev/null || broken "debootstrap is not installed"

# within COMMAND...: in that Debian, with mounts that nobody else sees and that go with it
within ()
{
  ROOT=$root unshare -m --propagation private sh -c '
    mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" || exit 99
    exec env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
      PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$ROOT" "$@"' sh "$@"
}

if [ ! -e "$root/etc/debian_version" ]; then
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
    broken "debootstrap: see $root.log"
fi
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
if [ ! -e "$root/usr/include/gstreamer-1.0/gst/allocators/allocators.h" ]; then
  # shellcheck disable=SC2086 # words
  { within apt-get -qq update && within apt-get -qq -y --no-install-recommends install $packages; } \
    >>"$root.log" 2>&1 || broken "apt-get: see $root.log"
fi
rm -rf "$root/root/shmdiag"
mkdir -p "$root/root/shmdiag"
(cd "$top" && tar cf - --exclude=./build --exclude=./autom4te.cache .) |
  tar xf - -C "$root/root/shmdiag" || broken "the sources cannot be copied"
within sh -c 'cd /root/shmdiag && git config --global --add safe.directory "*" &&
  scripts/bootstrap && mkdir build && cd build && ../configure --quiet --disable-werror &&
  make -j "$(nproc)"' >>"$root.log" 2>&1 || broken "it does not build: see $root.log"

failed=0
number=0
# point NAME STATUS TEXT ARGUMENT...: shmcheck-align ends with STATUS and says TEXT
point ()
{
  name=$1 wanted=$2 text=$3
  shift 3
  within /root/shmdiag/build/shmcheck-align "$@" >"$root.out" 2>&1
  status=$?
  number=$((number + 1))
  if [ $status = "$wanted" ] && grep -qF -- "$text" "$root.out"; then
    echo "ok $number - $name"
  else
    sed 's/^/# /' "$root.out"
    echo "# status $status, wanted $wanted with: $text"
    echo "not ok $number - $name"
    failed=1
  fi
}

version=$(within pkg-config --modversion gstreamer-1.0)
echo "# GStreamer $version of $suite"
point 'GstShmAllocator breaks maxsize-true, and K5 is named' 1 \
  'known: K5 (MR 11118, issue 4406), fixed in 1.29.2' allocators shm
point 'as in the bug report' 1 'size=100 maxsize=107 page_ceil=4096 WASTED 3989 bytes' \
  allocators shm --style=seed
point 'nothing is found that is not known' 0 'xfail' --known=allow
point 'the rounded twin is clean' 0 '0 FAIL' allocators twin:clean
for proof in k5-shm-maxsize n73-shm-overflow n74-shm-one-page n75-shm-kept-mapped; do
  number=$((number + 1))
  if within sh /root/shmdiag/tests/proofs/run.sh $proof >"$root.out" 2>&1; then
    echo "ok $number - proof $proof: $(head -n 1 "$root.out")"
  else
    failed=1
    sed 's/^/# /' "$root.out"
    echo "not ok $number - proof $proof"
  fi
done
echo "1..$number"
exit $failed
