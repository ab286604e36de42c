#!/bin/sh
# The manual pages are clean mdoc, and what the programs print about themselves is in them:
# commands, options, formats, keys, actions, fields with their defaults, contracts.
set -u
cd "${srcdir:-.}" || exit 99
builddir=${builddir:-.}
temp=$(mktemp -d) || exit 99
trap 'rm -rf "$temp"' EXIT

number=0
failed=0
# verdict NAME COMPLAINTS
verdict ()
{
  number=$((number + 1))
  if [ -z "$2" ]; then
    echo "ok $number - $1"
  else
    failed=1
    echo "$2" | sed 's/^/# /'
    echo "not ok $number - $1"
  fi
}

# skip NAME REASON
skip ()
{
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2"
}

# run PROGRAM ARGUMENT...: what it says, and that it failed
run ()
{
  program=$1
  shift
  G_DEBUG='' timeout 30 "$builddir/$program" "$@" 2>&1 || echo "# $program $* failed: $?"
}

# page NAME: the file; a generated page is in the build directory, unless it came in the tarball
page ()
{
  if [ -f "$builddir/man/$1" ]; then
    echo "$builddir/man/$1"
  else
    echo "man/$1"
  fi
}

# section FILE NAME: the lines of this subsection; without NAME all of FILE
section ()
{
  awk -v head=".Ss $2" '/^\.S[hs] / { within = $0 == head } within || head == ".Ss "' "$1"
}

# --- commands and options ---

# help PROGRAM COMMAND: its help text
help () { run "$1" ${2:+"$2"} --help; }

# Prints the commands of PROGRAM: the first words of the indented lines under "Commands:".
commands_of ()
{
  help "$1" "" | sed -n '/^Commands:/,/^$/ s/^  \([a-z][a-z-]*\).*/\1/p'
}

# options_in PROGRAM COMMAND: the long options that its help names
options_in ()
{
  help "$1" "$2" | sed -nE 's/^  +(-[A-Za-z?], )?--([a-z][a-z0-9-]*).*/\2/p'
}

# Prints what PROGRAM's help names and its page does not.
undocumented ()
{
  file=man/$1.1
  [ -n "$(options_in "$1" "")" ] || echo "$1 --help names no option"
  for command in "" $(commands_of "$1"); do
    [ -z "$command" ] || grep -qxF ".Ss $command" "$file" || echo "$file: no .Ss $command"
    for option in $(options_in "$1" "$command"); do
      # That of help stands before the commands, for all of them.
      within=$command
      [ "$option" != help ] || within=
      { section "$file" "$within"; [ -z "$within" ] || section "$file" "Common options"; } |
        grep -qE "Fl (Fl |-)$option( |\$)" ||
        echo "$file: --$option of ${command:-$1} is missing"
    done
  done
}

# --- formats and keys ---

undocumented_formats ()
{
  listing=$(run shmstress list --formats)
  echo "$listing" | grep -q '^json ' || echo "no formats: $listing"
  echo "$listing" | while read -r format _; do
    grep -qxF ".Ss Format $format" man/shmstress.1 ||
      echo "man/shmstress.1: no .Ss Format $format"
  done
}

# The keys of a report on a known issue, so that there is one of everything.
undocumented_keys ()
{
  echo 'issue, id=X, contract=ack-area, element=shmsrc, fixed=none, reference=x, summary=x, proof=x, evidence=ack-buffer' \
    > "$temp/known-issues"
  report=$(run shmstress run --known-issues="$temp/known-issues" --format=json \
    --replay=tests/golden/ack-area.fail.trace)
  echo "$report" | grep -q '"proof" :' || echo "no report: $report"
  echo "$report" | sed -nE 's/^ *"([A-Za-z_]+)" :.*/\1/p' | sort -u | while read -r key; do
    # Verdicts are keys too, of the totals.
    { section man/shmstress.1 "Format json"; grep '^\.It Cm' man/shmstress.1; } |
      grep -qE "^\.(It )?(Va|Cm) (.* )?$key( |\$)" || echo "man/shmstress.1: no key $key"
  done
}

# --- actions ---

# Reads "list --actions". Prints ACTION for each action, ACTION|FIELD|SAYS|WORDS for each field:
# what the page must say behind its type, and from which words to choose.
fields_of ()
{
  awk '
    /^[a-z]/ { action = $1; print action }
    /^    [a-z]/ {
      set = substr($0, 35)
      says = set ~ /^mandatory/ ? "mandatory" : ""
      if (set ~ /^= [^ ]/) {
        split(set, part, " ")
        says = "default " part[2]
      }
      words = $0 ~ /: [^ ]*[|][^ ]*$/ ? $NF : ""
      print action "|" $1 "|" says "|" words
    }'
}

# wrong_field ACTION FIELD SAYS WORDS: complains when the page has it otherwise
wrong_field ()
{
  file=man/shm-scenario.5
  line=$(section "$file" "$1" | grep -E "^\.It Cm $2 ")
  case $line in
  '') echo "$file: $1: $2 is missing" ;;
  *" Pq "*) [ "${line##* Pq }" = "$3" ] || echo "$file: $1: $2 is ${3:-optional}: $line" ;;
  *) [ -z "$3" ] || echo "$file: $1: $2 is $3: $line" ;;
  esac
  for word in $(echo "$4" | tr '|' ' '); do
    section "$file" "$1" | grep -qE "(^|[^a-z-])$word([^a-z-]|\$)" ||
      echo "$file: $1: $2=$word is missing"
  done
}

undocumented_actions ()
{
  listing=$(run shmstress list --actions)
  echo "$listing" | fields_of > "$temp/fields"
  [ "$(wc -l < "$temp/fields")" -gt 50 ] || echo "no fields: $listing"
  while IFS='|' read -r action field says words; do
    if [ -n "$field" ]; then
      wrong_field "$action" "$field" "$says" "$words"
    else
      grep -qxF ".Ss $action" man/shm-scenario.5 || echo "man/shm-scenario.5: no .Ss $action"
    fi
  done < "$temp/fields"
}

# --- contracts and the example ---

undocumented_contracts ()
{
  file=$(page shm-contracts.7)
  listing=$(run shmstress list --contracts)
  echo "$listing" | grep -qE '^W1 ' || echo "no contracts: $listing"
  echo "$listing" | while read -r id name _; do
    grep -qxF ".It Sy $id Cm $name" "$file" || echo "$file: $id $name is missing"
  done
}

# The worked example of the page loads.
broken_example ()
{
  sed -n '/^\.\\" tests\/man.sh loads/,/^\.Ed/ { /^\./d; s/\\e$/\\/; p; }' \
    man/shm-scenario.5 > "$temp/leave.scenario"
  listing=$(run shmstress list "$temp/leave.scenario")
  [ "$(echo "$listing" | grep -cE '^(ref|gst):(ref|gst) leave/')" = 16 ] || echo "$listing"
}

for file in man/shmstress.1 man/shmcheck-align.1 man/poolwatch.1 man/poolwatch.conf.5 \
  man/shm-scenario.5 man/shm-explore.7 \
  "$(page shm-contracts.7)"; do
  if command -v mandoc >/dev/null; then
    verdict "${file##*/}" "$(mandoc -T lint -W warning "$file" 2>&1)"
  else
    skip "${file##*/}" "no mandoc"
  fi
done
for program in ${PROGRAMS:?}; do
  verdict "$program --help" "$(undocumented "$program")"
done
verdict contracts "$(undocumented_contracts)"
verdict formats "$(undocumented_formats)"
verdict actions "$(undocumented_actions)"
if ! shmstress list 2>&1 | grep -q "without GStreamer"; then
  verdict keys "$(undocumented_keys)"
  verdict example "$(broken_example)"
else
  for name in keys example; do
    skip $name "built without GStreamer"
  done
fi
echo "1..$number"
exit $failed
