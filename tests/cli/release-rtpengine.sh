#!/bin/sh
# poolwatch against the rtpengine of another Debian: tests/cli/poolwatch-daemon.sh with the daemon in
# ROOT, which debootstrap has made. Not part of "make check": it needs root, and the network once, to
# install the daemon there. Run it where make has built poolwatch and tests/cli/ng-client.
#   tests/cli/release-rtpengine.sh ROOT
set -u
root=${1:?usage: release-rtpengine.sh ROOT}
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 99

broken () { echo "release-rtpengine.sh: $*" >&2; exit 99; }

[ "$(id -u)" = 0 ] || broken "root is needed"
[ -e "$root/etc/debian_version" ] || broken "$root: no Debian; debootstrap trixie $root"
for program in poolwatch tests/cli/ng-client; do
  [ -x $program ] || broken "$program: not here; run it in the directory of the build"
done
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# In that Debian, with mounts that nobody else sees and that go with it; it shares our loopback.
cat >"$work/within" <<END
#!/bin/sh
exec unshare -m --propagation private sh -c '
  mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 99
  exec env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \\
    PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" "\$@"' sh "\$@"
END
printf '#!/bin/sh\nexec "%s/within" rtpengine "$@"\n' "$work" >"$work/rtpengine"
chmod +x "$work/within" "$work/rtpengine"

if [ ! -e "$root/usr/bin/rtpengine" ]; then
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  # Nothing may be started in there.
  [ -e "$root/usr/sbin/policy-rc.d" ] || {
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
  }
  { "$work/within" apt-get -qq update &&
    "$work/within" apt-get -qq -y --no-install-recommends install rtpengine-daemon; } \
    >"$work/log" 2>&1 </dev/null || {
    tail -n 3 "$work/log" >&2
    broken "rtpengine-daemon cannot be installed in $root"
  }
fi

echo "# $("$work/within" dpkg-query -W rtpengine-daemon)"
srcdir=$top builddir=$PWD PATH=$PWD:$PATH LC_ALL=C.UTF-8 RTPENGINE=$work/rtpengine \
  sh "$top/tests/cli/poolwatch-daemon.sh"
