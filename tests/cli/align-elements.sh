#!/bin/sh
# shmcheck-align elements as its users meet it: real elements, layouts, and each planted defect.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
LIMIT=60
begin
# With gc-friendly, as under valgrind, GLib clears all memory: what nobody sets up cannot be seen.
G_DEBUG=fatal-criticals
export G_DEBUG
unset G_SLICE

# --- the command line ---

# refused TEXT ARGUMENT...: a usage error that says TEXT
refused ()
{
  text=$1
  shift
  try 2 shmcheck-align "$@"
  one_line "$text"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

refuse () { check "refused: $1" refused "$@"; }

usage_errors ()
{
  refuse 'elements: Unknown option --frobnicate' elements --frobnicate
  refuse 'elements: no such target: nonsense' elements nonsense
}

lists ()
{
  try 0 shmcheck-align list --twins
  for target in shmsink fakesink appsink video-pool import export metas twin:wrong-stride; do
    grep -qE "^elements/$target( |\$)" out || echo "no elements/$target"
  done
  try 0 shmcheck-align explain query layout meta
  has 'P10 layout'
}

# --- real elements ---

# What is known of them and nothing else.
default_run ()
{
  try 0 shmcheck-align elements --known=allow --format=json --output=report.json
  silent
  has '"FAIL" : 0' report.json
  has '"BROKEN" : 0' report.json
  has '"name" : "elements/shmsink"' report.json
}

# An element that only answers when it is named, and what is in its answer.
named ()
{
  try 0 shmcheck-align elements shmsink
  has 'GstShmSinkAllocator'
  try 0 shmcheck-align elements videoconvert 'videos*' --known=allow
  has 'GstVideoBufferPool'
}

# Every raw format is laid out in every size and alignment, and all planes are touched.
layouts ()
{
  try 0 shmcheck-align elements video-pool --record=layouts.trace
  formats=$(sed -nE 's/.* layout .* "([A-Z0-9_a-z]+) .*/\1/p' layouts.trace | sort -u | wc -l)
  [ "$formats" -ge 60 ] || echo "only $formats formats"
  try 0 shmcheck-align elements --replay=layouts.trace --known=allow
}

# What the video library is known to break is told with its proof.
known ()
{
  try 1 shmcheck-align elements plane-sizes
  has 'FAIL layout (P10)'
  has 'proof: shmstress proof n42-palette-size'
  try 0 shmcheck-align elements plane-sizes --known=allow
}

# --- planted defects ---

defects ()
{
  try 0 shmcheck-align prove elements
  silent
  for id in P9 P10 P11; do
    grep -qE "^$id .* pass" out || echo "no defect for $id"
  done
  for twin in clean clean-import clean-export clean-meta; do
    grep -qE "^$twin +([-.] +)+nothing\$" out || echo "$twin: $(grep "^$twin " out)"
  done
}

clean ()
{
  for twin in clean clean-import clean-export clean-meta; do
    try 0 shmcheck-align elements "twin:$twin"
  done
  try 1 shmcheck-align elements twin:proposes-too-small
  has 'FAIL query (P9)'
}

formats ()
{
  for format in tap junit json; do
    try 0 shmcheck-align elements fakesink --format="$format"
    well_formed "$format"
    try 1 shmcheck-align elements twin:wrong-stride --format="$format"
    [ "$format" = tap ] || well_formed "$format"
  done
  has '"contract" : "layout"'
}

usage_errors
check lists lists
check 'default run' default_run
check 'a named element' named
check layouts layouts
check 'known issues' known
check 'every defect is caught' defects
check 'clean twins' clean
check formats formats
finish
