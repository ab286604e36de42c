#!/bin/sh
# What a hostile surrounding does to the three programs: a limit of file sizes, no /proc, and names
# that would write to the terminal.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin
# No file of the machine's own.
SHMDIAG_DATADIR=$top/scenarios
export SHMDIAG_DATADIR

# --- a limit of file sizes ---

# small_files STATUS TEXT COMMAND...: what it writes is told to be too large, and nobody is killed
small_files ()
{
  expected=$1
  text=$2
  shift 2
  # The descriptors of the outputs are pipes: those have no size.
  { (ulimit -f 0; timeout -k 5 "$LIMIT" "$@" 2>&1 </dev/null; echo "status $?") | cat; } >all
  same status "$(tail -n 1 all)" "status $expected"
  has "$text" all
}

if (ulimit -f 0) 2>/dev/null; then
  check 'a limit of file sizes: shmstress run' \
    small_files 99 'File too large' shmstress run --record=trace --pair=ref:ref 'eos-exit/*'
  check 'a limit of file sizes: shmcheck-align' \
    small_files 99 'File too large' shmcheck-align allocators --record=trace
  check 'a limit of file sizes: poolwatch' \
    small_files 3 'poolwatch: ' poolwatch check --source=rtpengine-proc --state="$temp/state"
else
  skip 'a limit of file sizes' 'this shell sets none'
fi

# --- no /proc ---

# without_proc STATUS TEXT COMMAND...: one clear line
without_proc ()
{
  expected=$1
  text=$2
  shift 2
  # shellcheck disable=SC2016,SC2086 # words
  try "$expected" $enter sh -c 'mount -t tmpfs none /proc || exit 77; exec "$@"' sh "$@"
  cat out err >all
  has "$text" all
  ! grep -E 'No such file|before it could measure|FAIL|orphan:' all
}

enter='unshare --mount'
[ "$(id -u)" = 0 ] || enter="$enter --user --map-root-user"
# shellcheck disable=SC2086 # words
if $enter mount -t tmpfs none /proc 2>/dev/null; then
  mkdir "$TMPDIR/shmdiag-1-1"
  check 'no /proc: shmstress run' without_proc 99 'shmstress: run: /proc: ' \
    shmstress run --pair=ref:ref 'eos-exit/*'
  check 'no /proc: shmstress clean' without_proc 99 'clean: /proc: ' shmstress clean
  check 'no /proc: a directory is kept' test -d "$TMPDIR/shmdiag-1-1"
  rmdir "$TMPDIR/shmdiag-1-1"
  for command in allocators pools 'audit 1'; do
    # shellcheck disable=SC2086
    check "no /proc: shmcheck-align $command" without_proc 99 '/proc: ' shmcheck-align $command
  done
  check 'no /proc: poolwatch' without_proc 3 '/proc: ' poolwatch check --no-store
  check 'no /proc: poolwatch clean-orphans' without_proc 99 'nothing is removed' \
    poolwatch clean-orphans --yes
else
  skip 'no /proc' 'namespaces cannot be made here'
fi

# --- names ---

escape=$(printf '\033')

# harmless COMMAND...: what it says has no escape sequence, nor one of C1 or of direction
harmless ()
{
  timeout -k 5 "$LIMIT" "$@" >all 2>&1 </dev/null
  [ -s all ] || echo "nothing was said"
  ! grep -qF "$escape" all || echo "an escape sequence: $(cat -v all)"
  ! grep -q "$(printf '\302\233')" all || echo "a control sequence introducer"
  ! grep -q "$(printf '\342\200\256')" all || echo "a line that runs backwards"
}

name=$(printf 'x\033]0;title\007\302\2332J\342\200\256y')
for command in shmstress shmcheck-align poolwatch; do
  check "a hostile argument: $command" harmless "$command" "$name"
  check "a hostile option: $command" harmless "$command" "--$name"
done
check 'a hostile scenario' harmless shmstress run "$name"
check 'a hostile file' harmless shmstress run --replay="$name"
check 'a hostile target' harmless shmcheck-align allocators "$name"
check 'a hostile source' harmless poolwatch check --no-store --source="$name"
printf '%s\n' "$name" >input
check 'a hostile capture' harmless poolwatch check --no-store --source=rtpengine-json --input=input

# A target of the explorer that calls everything so: in words, in JSON and in a chart that is XML.
hostile_target ()
{
  {
    cat <<'END'
#define HOSTILE "x\033]0;title\007\302\2332J\342\200\256<&y"
END
    sed -e 's|"overdrawn", "%d|HOSTILE, HOSTILE " %d|' \
      -e 's|"two withdrawals from one account"|HOSTILE|' "$top/tests/cli/explore-target.c"
  } >target.c
  # shellcheck disable=SC2086 # words
  ${CC:-cc} -g -shared -fPIC -DSHMDIAG_EXPLORE "-I$top/src" -o target.so target.c 2>&1
  harmless shmstress explore --target=./target.so --svg=chart.svg
  has 'VIOLATION of x?]0;title??2J?<&y' all
  harmless cat chart.svg
  ! command -v xmllint >/dev/null || xmllint --noout chart.svg 2>&1
  harmless shmstress explore --target=./target.so --format=json
  harmless shmstress explore --target=./target.so --list
}

if "${CC:-cc}" --version >/dev/null 2>&1; then
  check 'a hostile target of the explorer' hostile_target
else
  skip 'a hostile target of the explorer' 'no compiler'
fi

finish
