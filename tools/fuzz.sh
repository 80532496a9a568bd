#!/bin/bash
#
# fuzz.sh [TARGET...] - feeds each target (all of them, when none is named) with inputs; a finding ends it
#
#	tests/fuzz/corpus/TARGET ─┐
#	build/fuzz/TARGET ────────┴──> crumb.host, `fuzz TARGET` ──> what was worth keeping: build/fuzz/TARGET
#	                                                        └──> a finding: build/fuzz/TARGET-crash-…
#
# A finding is tried again by  crumb.host --mem 20M --append lowmem=16M --run "fuzz TARGET FILE".
#
# Environment: PROGRAM (the crumb.host of FUZZ=1), RUNS (inputs for each target: 100000), or DURATION (seconds
# for each instead), SEED (of the engine's choices; 0, as by default, is a new one, which is printed).

set -u -o pipefail
cd -- "$(dirname -- "$0")/.." || exit 1

: "${PROGRAM:?fuzz.sh: PROGRAM: which crumb.host? (make fuzz says so)}"
SEED=${SEED:-0}
limit=-runs=${RUNS:-100000}
[[ -z ${DURATION-} ]] || limit=-max_total_time=$DURATION

machine() { # COMMAND
	"$PROGRAM" --once --mem 20M --append "lowmem=16M loglevel=1" --run "$1" </dev/null
}

targets() {
	machine fuzz | tr -d '\r' | sed -n 's/^target \([a-z_]*\) .*/\1/p'
}

feed() { # TARGET
	local kept=build/fuzz/$1 seeds=tests/fuzz/corpus/$1

	mkdir -p "$kept"
	[[ -d $seeds ]] || seeds=
	machine "fuzz $1 $limit -seed=$SEED -timeout=60 -verbosity=0 -print_final_stats=1 -artifact_prefix=build/fuzz/$1- $kept $seeds" 2>&1 |
		sed '/^###### Recommended/,/^###### End/d'
}

read -ra known <<<"$(targets | tr '\n' ' ')"
(($#)) || set -- "${known[@]}"
for target; do
	[[ " ${known[*]} " == *" $target "* ]] || {
		echo "fuzz.sh: $target: no such target; choose from: ${known[*]}" >&2
		exit 64
	}
done
for target; do
	feed "$target" || exit 1
done
