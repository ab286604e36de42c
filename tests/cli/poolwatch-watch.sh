#!/bin/sh
# poolwatch watch as people meet it: one frame, and on a terminal (tmux) that is resized and left.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin
export LC_ALL=C.UTF-8 TERM=xterm

if ! command -v poolwatch >/dev/null; then
  skip 'all' 'no poolwatch in PATH'
  finish
fi

# --- a table with 12 pins to look at ---

mkdir -p root/proc/rtpengine/0
echo 0 >root/proc/rtpengine/list
# pins N
pins ()
{
  {
    printf 'Refcount:    1\nControl PID: 216\nTargets:     8\nPlayers:     0\nPStreams:    0\n'
    printf 'Memory pins: %u\nMemory:      %u\n' "$1" $(($1 * 16777216))
  } >status.new
  mv status.new root/proc/rtpengine/0/status
}
pins 12
watch="poolwatch watch --config=none --state=$temp/state --source=rtpengine-proc --sysroot=$temp/root"

refused ()
{
  text=$1
  shift
  try 3 poolwatch watch --config=none "$@"
  one_line "$text"
}
check 'refused: an interval of nothing' refused 'watch: --interval: not a duration' --interval=0
check 'refused: no number' refused 'watch: --interval: not a duration' --interval=x
check 'refused: an argument' refused 'watch: takes no argument: x' x
check 'refused: no terminal' refused '--once prints one frame' --state="$temp/state"

once ()
{
  # shellcheck disable=SC2086 # a list of words
  try 0 $watch --once
  silent
  has 'rtpengine-proc/table-0'
  has '12/16'
  has 'no history: '
  # The table is 80 columns wide, whatever they hold.
  wide=$(awk 'length > 80' out)
  [ -z "$wide" ] || echo "more than 80 columns: $wide"
}
check 'one frame' once

# --- on a terminal ---

if ! command -v tmux >/dev/null; then
  skip 'on a terminal' 'no tmux here'
  finish
fi

# Each terminal has a server of its own: one that ends would take the next for its own.
term () { tmux -S "$socket" -f /dev/null "$@" 2>>tmux.err; }
end_terminals ()
{
  for socket in "$temp"/tmux.sock.*; do
    [ ! -S "$socket" ] || term kill-server
  done
}
trap 'end_terminals; cd / && chmod -R u+w "$temp" && rm -rf "$temp"' EXIT

shows () { term capture-pane -p | grep -qF -- "$1"; }

# open WIDTH HEIGHT: the view on a fresh terminal, whose modes are kept
open ()
{
  rm -f before after rc
  socket=$(mktemp -u "$temp/tmux.sock.XXXXXX")
  term new-session -d -x "$1" -y "$2" \
    "stty -g >before; $watch --interval=200ms 2>err; echo \$? >rc; stty -g >after; echo ended; cat"
  within 20 shows 12/16 || echo "no pins: $(term capture-pane -p | head -n 5) $(cat err)"
}

# left STATUS: it has ended, and the terminal is as it was
left ()
{
  within 20 test -s after || echo "still there: $(term capture-pane -p | head -n 3)"
  same 'status' "$(cat rc 2>/dev/null)" "$1"
  same 'modes of the terminal' "$(cat after 2>/dev/null)" "$(cat before)"
  within 20 shows ended || echo 'the screen was not given back'
}

# our_pid: of the view, which the terminal's shell runs
our_pid ()
{
  shell=$(term list-panes -F '#{pane_pid}')
  tr ' ' '\n' <"/proc/$shell/task/$shell/children" | head -n 1
}

lives ()
{
  open 80 24
  shows 'q leave' || echo 'no foot'
  pins 15
  within 20 shows 15/16 || echo 'does not read again'
  pins 12
  term send-keys '?'
  within 20 shows 'Ctrl-C' || echo 'no help'
  term send-keys q
  left 0
}
check 'shows, reads again, helps, leaves' lives

resizes ()
{
  open 120 40
  term resize-window -x 60 -y 20
  within 20 shows '60x20: too small, 80x24 needed' || echo 'does not say that it is small'
  term resize-window -x 100 -y 30
  within 20 shows 'q leave' || echo 'not drawn again'
  shows 'too small' && echo 'still small'
  term send-keys q
  left 0
}
check 'resizes' resizes

interrupted ()
{
  open 80 24
  term send-keys C-c
  left 0
}
check 'Ctrl-C leaves' interrupted

# ended_by SIGNAL STATUS
ended_by ()
{
  open 80 24
  kill -s "$1" "$(our_pid)"
  left "$2"
}
check 'SIGTERM leaves the terminal clean' ended_by TERM 143
check 'SIGHUP leaves the terminal clean' ended_by HUP 129

finish
