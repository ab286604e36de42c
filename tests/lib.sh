#!/bin/sh
# What the scripts in cli/ share: points of TAP, a private directory, bounded waits.
# A test is a function that prints what is wrong, one line each, and nothing when all is well.

top=$(cd "${srcdir:-.}" && pwd) || exit 99
: "$top"
# The longest that one call of a program may take, in seconds.
LIMIT=${LIMIT:-30}
number=0
failed=0

# begin: from here on in an empty directory of its own, which goes at the end
begin ()
{
  temp=$(mktemp -d) || exit 99
  # The paths of sockets are short.
  if [ ${#temp} -gt 40 ]; then
    rmdir "$temp"
    temp=$(mktemp -d -p /tmp) || exit 99
  fi
  trap 'cd / && chmod -R u+w "$temp" && rm -rf "$temp"' EXIT
  trap 'exit 99' HUP INT TERM
  TMPDIR=$temp/tmp
  export TMPDIR
  mkdir "$TMPDIR" && cd "$temp" || exit 99
}

# verdict NAME COMPLAINTS; what has "# TODO" in its name is expected to fail
verdict ()
{
  number=$((number + 1))
  if [ -z "$2" ]; then
    echo "ok $number - $1"
    return
  fi
  echo "$2" | sed 's/^/# /'
  echo "not ok $number - $1"
  case $1 in
    *'# TODO'*) ;;
    *) failed=1 ;;
  esac
}

# check NAME FUNCTION ARGUMENT...: a point
check ()
{
  point=$1
  shift
  verdict "$point" "$("$@" 2>&1)"
}

# skip NAME REASON
skip ()
{
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2"
}

finish ()
{
  echo "1..$number"
  exit $failed
}

# try STATUS COMMAND ARGUMENT...: leaves its output in the files out and err
try ()
{
  expected=$1
  shift
  timeout -k 5 "$LIMIT" "$@" >out 2>err </dev/null
  status=$?
  # How far it is says a run that takes long, which is no matter of what it is to say.
  sed -i -E '/^[a-z-]+: [0-9]+ of [0-9]+ cases after [0-9]+ s$/d' err
  [ $status = "$expected" ] || echo "$*: status $status, not $expected: $(head -c 500 err)"
}

# silent: nothing was said on stderr, but for the verdict of a report that went to a file
silent ()
{
  ! grep -qv '^RESULT: ' err || echo "on stderr: $(cat err)"
}

# one_line TEXT: stderr is one line, of the program, with TEXT in it
one_line ()
{
  [ "$(wc -l <err)" = 1 ] || echo "on stderr: $(wc -l <err) lines: $(cat err)"
  grep -qE '^[a-z-]+: ' err || echo "on stderr: the program does not say its name: $(cat err)"
  grep -qF -- "$1" err || echo "on stderr: no \"$1\": $(cat err)"
}

# has TEXT [FILE]: FILE (out) has it
has ()
{
  grep -qF -- "$1" "${2:-out}" || echo "${2:-out}: no \"$1\": $(head -n 15 "${2:-out}")"
}

# well_formed FORMAT [FILE]: FILE (out) is what others read as that, where their tools are here
well_formed ()
{
  case $1 in
    json) tool=json-glib-validate ;;
    junit) tool='xmllint --noout' ;;
    tap) tool='prove -e cat' ;;
  esac
  command -v "${tool%% *}" >/dev/null || return 0
  $tool "${2:-out}" >tool.out 2>&1 || echo "$tool: $(tail -n 3 tool.out)"
}

# same NAME GOT WANTED
same ()
{
  [ "$2" = "$3" ] || echo "$1: $2, not $3"
}

# within SECONDS COMMAND ARGUMENT...: until it succeeds
within ()
{
  rounds=$(($1 * 20))
  shift
  until "$@"; do
    rounds=$((rounds - 1))
    [ $rounds -gt 0 ] || return 1
    sleep 0.05
  done
}

# alive PID: it runs, and is not only waiting to be waited for
alive ()
{
  read -r line 2>/dev/null <"/proc/$1/stat" || return 1
  case ${line##*)} in
    ' Z'* | ' X'*) return 1 ;;
  esac
}
gone () { ! alive "$1"; }

# ends SECONDS PID STATUS: that child of ours ends in time, with that status
ends ()
{
  if ! within "$1" gone "$2"; then
    echo "still there after $1 s"
    kill -KILL "$2"
  fi
  # Some shells tell here who was killed.
  { wait "$2"; } 2>/dev/null
  same status $? "$3"
}
