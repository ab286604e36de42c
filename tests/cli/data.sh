#!/bin/sh
# Where the programs find their data: a build in any place, an installation that was moved; and the
# proofs that are among them. Built programs are put where a build would have put them.
# shellcheck disable=SC2016 # $ is for an inner shell
# shellcheck disable=SC2086 # words without spaces
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
builddir=$(cd "${builddir:-.}" && pwd)
begin
unset SHMDIAG_DATADIR

# programs DIR: they lie there
programs ()
{
  mkdir -p "$1" && cp "$builddir/shmstress" "$builddir/shmcheck-align" "$1"
}

# sources DIR: the data of a source tree lie there
sources ()
{
  mkdir -p "$1/tests" && cp -R "$top/scenarios" "$1" && cp -R "$top/tests/proofs" "$1/tests"
}

# all_found DIR: the programs in it find scenarios, both tables and the proofs
all_found ()
{
  try 0 "$1/shmstress" list
  silent
  has 'ref:ref eos-exit/copy/appsink'
  try 0 "$1/shmcheck-align" profiles
  silent
  has 'v3dv'
  try 0 "$1/shmstress" proof
  silent
  has 'k1-stop-error '
  has 'contract stop-quiet'
  [ "$(grep -vcE '^[kn][0-9]+-[a-z0-9-]+ +[KN][0-9]+, .*contracts? ' out)" = 0 ] ||
    grep -vE '^[kn][0-9]+-[a-z0-9-]+ +[KN][0-9]+, .*contracts? ' out
}

in_tree ()
{
  sources tree
  programs tree
  ln -s tests/proofs tree/proofs
  all_found "$temp/tree"
}

# As config.status links it.
build_inside ()
{
  sources in
  programs in/some/where
  ln -s ../../scenarios in/some/where/scenarios
  ln -s ../../tests/proofs in/some/where/proofs
  all_found "$temp/in/some/where"
}

# The links of the build that is tested are those of config.status.
this_build ()
{
  [ -e "$builddir/scenarios/known-issues" ] || echo "no scenarios in $builddir"
  [ -e "$builddir/proofs/run.sh" ] || echo "no proofs in $builddir"
  all_found "$builddir"
}

# The paths to each other are those of "make install"; the prefix is another one.
staged ()
{
  make -s -C "$builddir" --no-print-directory DESTDIR="$temp/stage" install-dist_scenarioDATA \
    install-data-local >make.out 2>&1 || tail -n 3 make.out
  data=$(find "$temp/stage" -name known-issues)
  prefix=${data%/share/*}
  [ -d "$prefix" ] || echo "nothing staged: $data"
  mkdir -p "$prefix/bin" && cp "$builddir/shmstress" "$builddir/shmcheck-align" "$prefix/bin"
  all_found "$prefix/bin"
  mv "$prefix" moved
  all_found "$temp/moved/bin"
}

environment_wins ()
{
  mkdir other
  printf '%s\n' 'meta, summary="Own", contracts={ order }, deadline=9' 'producer, name=p' 'consumer, name=c' \
    'stop, role=p, deadline=2' >other/own.scenario
  SHMDIAG_DATADIR=$temp/other try 0 "$builddir/shmstress" list
  same cases "$(grep -c ' own$' out)" "$(wc -l <out)"
}

# refuses COMMAND...: it says in one line where it has looked
refuses ()
{
  try 2 "$@"
  one_line 'not found; looked in '
  has "$temp/alone/scenarios, " err
  has 'SHMDIAG_DATADIR' err
}

nothing_found ()
{
  [ ! -e /usr/local/share/shmdiag ] || return 0
  programs alone
  refuses "$temp/alone/shmstress" list
  refuses "$temp/alone/shmstress" run
  refuses "$temp/alone/shmcheck-align" profiles
  try 2 "$temp/alone/shmstress" proof
  one_line 'run.sh: not found; looked in '
}

# --- proofs ---

# proofs DIR: those of our own, beside the scenarios of DIR
proofs ()
{
  mkdir -p "$1/scenarios" "$1/proofs"
  cp "$top/tests/proofs/run.sh" "$1/proofs"
  SHMDIAG_DATADIR=$1/scenarios
  export SHMDIAG_DATADIR
}

proof_status ()
{
  proofs "$temp/own"
  printf '%s\n' '#!/bin/sh' '# K9, nobody: nothing. How: not.' 'touch "$TMPDIR/left"' \
    'echo "said $*"' 'exit "$1"' >own/proofs/k9-sh.sh
  for status in 0 1 77; do
    try $status shmstress proof k9-sh $status --help
    silent
    has "said $status --help"
  done
  printf '%s\n' '/* K9, nobody: nothing.' ' * Build: cc k9-c.c -o k9-c' ' */' \
    'int main (void) { return 1; }' >own/proofs/k9-c.c
  printf '%s\n' '/* K9, nobody: nothing.' ' * Build: cc k9-d.c -o k9-d -lnonsense' ' */' \
    'int main (void) { return 1; }' >own/proofs/k9-d.c
  if command -v cc >/dev/null; then
    try 1 shmstress proof k9-c
    silent
    try 77 shmstress proof k9-d
    silent
    same lines "$(wc -l <out)" 1
    has 'not run: cannot compile: cc k9-d.c'
  fi
  mkdir few
  for tool in sh mktemp rm sed head cp timeout dirname; do
    ln -s "$(command -v $tool)" few/$tool
  done
  LIMIT=30 try 77 env PATH="$temp/few" "$builddir/shmstress" proof k9-c
  same lines "$(wc -l <out)" 1
  has 'not run: a C compiler is needed'
  [ -z "$(ls "$TMPDIR")" ] || echo "left: $(ls "$TMPDIR")"
}

proof_names ()
{
  proofs "$temp/own"
  for name in nonsense run run.sh ../proofs/run /etc/passwd .; do
    try 2 shmstress proof "$name"
    one_line 'proof: no such proof: '
  done
  try 2 shmstress proof --nonsense
  one_line 'Unknown option --nonsense'
}

# What is said of a known issue can be typed as it stands.
cited ()
{
  sed -n 's/.*proof="\([^"]*\)".*/\1/p' "$top/scenarios/known-issues" | sort -u >cited
  [ -s cited ] || echo "nothing is cited"
  grep -v '^shmstress proof ' cited
  try 0 "$builddir/shmstress" proof
  cut -d ' ' -f 1 out | sort >names
  cut -d ' ' -f 3 cited | sort -u | comm -23 - names
}

interrupted ()
{
  proofs "$temp/own"
  printf '%s\n' '# K9, nobody: nothing.' 'sleep 77' >own/proofs/k9-long.sh
  sh -c 'echo $$ >pid; exec shmstress proof k9-long' &
  child=$!
  within 10 test -s pid
  within 10 sh -c 'ls -d "$TMPDIR"/*' >ls.out 2>&1
  kill -TERM $child
  ends 10 $child 77
  [ -z "$(ls "$TMPDIR")" ] || echo "left: $(ls "$TMPDIR")"
}

check 'data beside the programs: a build in the source tree' in_tree
check 'a build directory of any name and depth' build_inside
check 'this build' this_build
check 'a staged installation, and one that was moved' staged
check 'SHMDIAG_DATADIR wins' environment_wins
check 'nothing found: a line says where it was looked for' nothing_found
check 'proof: its status, its arguments, what it lacks, nothing left' proof_status
check 'proof: names that are none' proof_names
check 'the table of known issues cites proofs that are there' cited
check 'proof: ended by a signal' interrupted
finish
