#!/bin/sh
# Every shell script of the package is clean for shellcheck.
set -u
cd "${srcdir:-.}" || exit 99

if ! command -v shellcheck >/dev/null; then
  echo "1..0 # SKIP no shellcheck"
  exit 0
fi

number=0
failed=0
for script in .ci/* scripts/* tests/*.sh tests/cli/*.sh tests/proofs/*.sh; do
  [ -f "$script" ] || continue
  head -n 1 "$script" | grep -qE '^#!.*[/ ](ba)?sh$' || continue
  number=$((number + 1))
  if complaints=$(shellcheck -x "$script" 2>&1); then
    echo "ok $number - $script"
  else
    failed=1
    echo "$complaints" | sed 's/^/# /'
    echo "not ok $number - $script"
  fi
done
echo "1..$number"
exit $failed
