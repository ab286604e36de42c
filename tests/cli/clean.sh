#!/bin/sh
# shmstress clean, and whose files are believed: what a killed run has left goes, and nothing of
# anybody else, whatever a journal or a name says.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

# No process can have this number.
nobody=7654321

# start_of PID: when it was started, in ticks
start_of () { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; }

segment_of () { printf '/dev/shm/shmpipe.%5d.    0' "$1"; }

# remains LINE...: the directory of a run that is gone, in $dir, with a journal of those lines
remains ()
{
  dir=$TMPDIR/shmdiag-$nobody-5
  mkdir -m 700 "$dir" "$dir/0"
  printf '%s\n' "$@" >"$dir/journal"
}

# begin_process: one in $pid, started at $start
begin_process ()
{
  sleep 60 &
  pid=$!
  start=$(start_of "$pid")
}

end_process ()
{
  kill -KILL "$pid" 2>/dev/null
  { wait "$pid"; } 2>/dev/null
}

clean () { try 0 shmstress clean; silent; }

# is_left FILE...
is_left ()
{
  for file; do
    [ -e "$file" ] || echo "$file: removed"
    rm -rf "$file"
  done
}

# --- processes and segments ---

# Named with its start, it is a role that has outlived its runner: it goes, and what it made.
left_role ()
{
  begin_process
  segment=$(segment_of "$pid")
  : >"$segment"
  remains "$pid $start"
  try 0 shmstress clean --dry-run
  has "would remove process $pid"
  has "would remove segment ${segment##*/}"
  alive "$pid" || echo 'killed by --dry-run'
  clean
  has "removed process $pid"
  has "removed segment ${segment##*/}"
  has "removed directory $dir"
  within 5 gone "$pid" || echo 'still there'
  [ ! -e "$segment" ] || is_left "$segment" "$segment"
  end_process
}

# Another process that has the number of a role, its segment, and who was started later than it.
live_stranger ()
{
  begin_process
  segment=$(segment_of "$pid")
  : >"$segment"
  for other in $((start - 1)) $((start + 1)) 0; do
    remains "$pid $other"
    clean
    has "removed directory $dir"
    alive "$pid" || echo "$other: killed"
    [ -e "$segment" ] || echo "$other: its segment is removed"
  done
  end_process
  is_left "$segment"
}

# The roles of a runner that lives are its own matter.
live_runner ()
{
  begin_process
  segment=$(segment_of "$pid")
  : >"$segment"
  dir=$TMPDIR/shmdiag-$pid-$start
  mkdir -m 700 "$dir"
  echo "$pid $start" >"$dir/journal"
  clean
  alive "$pid" || echo killed
  end_process
  is_left "$segment" "$dir"
}

# before_its_life: the segment was there when the process was started
before_its_life ()
{
  begin_process
  end_process
  segment=$(segment_of "$pid")
  : >"$segment"
  remains "$pid $((start + 1000 * $(getconf CLK_TCK)))"
  clean
  has "removed directory $dir"
  is_left "$segment"
}

foreign_segment ()
{
  begin_process
  end_process
  segment=$(segment_of "$pid")
  : >"$segment"
  chown 65534 "$segment"
  remains "$pid $start"
  clean
  has "removed directory $dir"
  is_left "$segment"
  mkdir "$segment"
  remains "$pid $start"
  clean
  is_left "$segment"
  ln -s "$temp" "$segment"
  remains "$pid $start"
  clean
  [ -L "$segment" ] || echo 'a link is removed'
  rm -f "$segment"
}

foreign_process ()
{
  setpriv --reuid=65534 --regid=65534 --clear-groups sleep 60 &
  pid=$!
  within 10 grep -q sleep "/proc/$pid/comm"
  remains "$pid $(start_of "$pid")"
  clean
  alive "$pid" || echo killed
  end_process
}

# A directory that others may write, or a journal that is none of ours, says nothing.
foreign_journal ()
{
  begin_process
  remains "$pid $start"
  chmod 777 "$dir"
  clean
  alive "$pid" || echo 'open directory: killed'
  is_left "$dir"
  echo "$pid $start" >other
  remains
  ln -sf "$temp/other" "$dir/journal"
  clean
  alive "$pid" || echo 'link: killed'
  remains
  ln -f "$temp/other" "$dir/journal"
  clean
  alive "$pid" || echo 'second name: killed'
  end_process
}

# --- directories ---

# deep N: directories within directories, a file in each
deep ()
{
  at=$dir/0
  for level in $(seq "$1"); do
    at=$at/d
    mkdir "$at"
    : >"$at/file$level"
  done
}

deep_tree ()
{
  remains
  deep 30
  clean
  has "removed directory $dir"
  [ ! -e "$dir" ] || echo "$(find "$dir" | wc -l) files are left"
}

# Its end is said, and what was not done is not said to be done.
bottomless_tree ()
{
  remains
  deep 80
  try 99 shmstress clean
  one_line "clean: $dir: "
  ! grep -F "removed directory $dir" out
  rm -rf "$dir"
}

planted_links ()
{
  mkdir -p keep/below
  : >keep/file
  : >keep/below/file
  remains
  ln -s "$temp/keep" "$dir/link"
  ln -s "$temp/keep" "$dir/0/link"
  ln -s "$temp/keep/file" "$dir/0/file"
  clean
  has "removed directory $dir"
  [ ! -e "$dir" ] || echo "$dir: left"
  is_left keep/file keep/below/file
}

# --- what is believed ---

open_tmp ()
{
  mkdir open
  remains
  mv "$dir" open
  chmod 777 open
  for command in clean 'run --pair=ref:ref eos-drain'; do
    # shellcheck disable=SC2086 # words
    ! TMPDIR=$temp/open timeout "$LIMIT" shmstress $command >out 2>err </dev/null ||
      echo "$command: status 0"
    one_line "$temp/open: refused: everybody may remove what others have in it: chmod +t it"
  done
  [ -e "open/${dir##*/}/journal" ] || echo 'something was removed'
  chmod 1777 open
  TMPDIR=$temp/open try 0 shmstress clean
  [ ! -e "open/${dir##*/}" ] || echo 'left, in spite of the sticky bit'
}

# What root would do by the word of somebody else.
foreign_data ()
{
  cp -r "$SHMDIAG_DATADIR" data
  chown -R 65534 data
  for first in data/*.scenario; do
    break
  done
  first=${first##*/}
  for command in 'shmstress list' 'shmstress run eos-drain' 'shmcheck-align profiles twin:clean'; do
    # shellcheck disable=SC2086 # words
    SHMDIAG_DATADIR=$temp/data try 2 $command
    one_line 'refused: belongs to user 65534, and root would do what it says'
  done
  # A file that is named is the choice of who names it.
  SHMDIAG_DATADIR=$temp/data try 0 shmstress list "data/$first"
  chown -R 0 data
  chown 65534 "data/$first"
  SHMDIAG_DATADIR=$temp/data try 2 shmstress list
  one_line "$first: refused: belongs to user 65534"
  chown 0 "data/$first"
  chmod 666 "data/$first"
  SHMDIAG_DATADIR=$temp/data try 2 shmstress list
  one_line "$first: refused: everybody may write it"
  chmod 644 "data/$first"
  SHMDIAG_DATADIR=$temp/data try 0 shmstress list
}

# A tree that was built by root and belongs to somebody else is trusted with the program in it.
own_tree ()
{
  mkdir -p tree/build
  cp "$(command -v shmstress)" tree/build
  cp -r "$SHMDIAG_DATADIR" tree/scenarios
  chown -R 65534 tree/scenarios
  SHMDIAG_DATADIR=$temp/tree/scenarios try 2 tree/build/shmstress list
  chown 65534 tree
  SHMDIAG_DATADIR=$temp/tree/scenarios try 0 tree/build/shmstress list
}

check 'a role that is left, and its segment' left_role
check 'another process of that number' live_stranger
check 'a runner that lives' live_runner
check 'a segment from before its life' before_its_life
check 'a journal that is not ours' foreign_journal
check 'a deep tree' deep_tree
check 'a tree without an end' bottomless_tree
check 'planted links' planted_links
check 'an open TMPDIR' open_tmp
if [ "$(id -u)" = 0 ] && chown 65534 "$TMPDIR" 2>/dev/null && chown 0 "$TMPDIR"; then
  check 'a segment of another user' foreign_segment
  check 'a process of another user' foreign_process
  check 'data of another user' foreign_data
  check 'data of who owns the program' own_tree
else
  skip 'what belongs to another user' 'only root can give it away'
fi
finish
