#!/bin/bash
#
# test.sh [PYTEST-ARGUMENT...] - everything that CI runs; the last line is `N passed, N failed`
#
#   make (the image) ──> pytest tests/: lint, build matrix, boots ──> counts ──> last line
#
# The counts come from tests/conftest.py through a file, because pytest's own last line has another
# form.  When there are none (it broke down before a test ran), that counts as one failure.  Before the
# last line stands how long building takes, as tests/boot/test_build.py has measured it.
# Status 0 only when something passed and nothing failed.
#
# Environment: PYTHON (Debian's by default), JOBS (tests beside each other, 2 by default), ARCH (the image
# under test: arm by default).

set -u
cd -- "$(dirname -- "$0")/.." || exit 1

PYTHON=${PYTHON:-/usr/bin/python3}
JOBS=${JOBS:-2}
ARCH=${ARCH:-arm}

# The tests call make themselves, not as part of the make that may have started this.
unset MAKEFLAGS MFLAGS MAKELEVEL

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
counts=$scratch/counts times=$scratch/times

finish() { # PASSED FAILED
	[[ ! -s $times ]] || cat "$times"
	printf '%d passed, %d failed\n' "$1" "$2"
	(($1 > 0 && $2 == 0))
	exit
}

# The process and the image are built once, here, the image last: it is what build/current names.  Tests
# that build something else do it in a copy of the tree, which takes along what compiles alike.
for arch in user "$ARCH"; do
	if ! make -s -j"$(nproc)" ARCH="$arch" all; then
		echo "test.sh: the image for ARCH=$arch does not build, so there is nothing to test" >&2
		finish 0 1
	fi
done

image=$(make -s ARCH="$ARCH" print-elf) || finish 0 1
CRUMB_IMAGE=$PWD/$image CRUMB_COUNTS=$counts CRUMB_TIMES=$times PYTHONDONTWRITEBYTECODE=1 \
	"$PYTHON" -m pytest -q --tb=short -n "$JOBS" -p no:cacheprovider "${@:-tests}"
status=$?

if [[ ! -s $counts ]]; then
	echo "test.sh: pytest ended with status $status before it had counted anything" >&2
	finish 0 1
fi
read -r passed failed <"$counts"
# A failure that is no test's (an interrupt, an internal error) must not look like success.
((status == 0 || failed > 0)) || failed=1
finish "$passed" "$failed"
