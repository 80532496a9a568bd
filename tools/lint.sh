#!/bin/bash
#
# lint.sh - checks every source file of the tree: layout, and what compilers do not see
#
#   all      banners of sections end in one column (banners.py)
#   .c .h    clang-format (the tree's .clang-format), cppcheck (2.10 or later)
#   shell    shellcheck
#   Python   pyflakes3, pycodestyle
#
# Says what it runs, runs all of it, and fails (status 1) when any of it found something.
# FIX=1 tools/lint.sh lets clang-format and banners.py rewrite the files instead.

set -u
cd -- "$(dirname -- "$0")/.." || exit 1

failed=0

# Files of the tree by pattern, NUL separated.  Without git (an unpacked archive) build/ is left out.
files() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -z --cached --others --exclude-standard -- "$@" |
			while IFS= read -r -d '' file; do [[ -f $file ]] && printf '%s\0' "$file"; done
	else
		local pattern match=()
		for pattern; do match+=(-o -name "$pattern"); done
		find . -path ./build -prune -o -type f \( "${match[@]:1}" \) -print0
	fi
}

# check NAME FILE-COUNT COMMAND...
check() {
	local name=$1 count=$2
	shift 2
	printf '  LINT    %s (%d files)\n' "$name" "$count"
	if ((count == 0)); then
		echo "lint.sh: $name: no files to check: that cannot be" >&2
		failed=1
	elif ! "$@"; then
		echo "lint.sh: $name found the above" >&2
		failed=1
	fi
}

mapfile -d '' c_files < <(files '*.c' '*.h')
mapfile -d '' c_sources < <(files '*.c')
mapfile -d '' shell_files < <(files '*.sh')
mapfile -d '' python_files < <(files '*.py')
[[ -f .ci/run ]] && shell_files+=(.ci/run)

# The host's own part of the tree, which is not compiled for the kernel.
kernel_sources=()
for file in "${c_sources[@]}"; do
	[[ $file == *tools/* ]] || kernel_sources+=("$file")
done

bannered=("${c_files[@]}" "${shell_files[@]}" "${python_files[@]}")
mapfile -d '' -O "${#bannered[@]}" bannered < <(files '*.S' '*.ld' '*.gdb' '*.mk' Makefile)
check banners "${#bannered[@]}" "${PYTHON:-/usr/bin/python3}" tools/banners.py ${FIX:+--fix} "${bannered[@]}"

if [[ -n ${FIX:-} ]]; then
	check "clang-format, rewriting" "${#c_files[@]}" clang-format -i "${c_files[@]}"
else
	check clang-format "${#c_files[@]}" clang-format --dry-run -Werror --ferror-limit=3 "${c_files[@]}"
fi

# Older ones take these sources for broken.
reads_the_sources() { printf '2.10\n%s\n' "$1" | sort --version-sort --check=quiet; }

# Newer ones do not know `asm goto`: all are given the port's header without the word, by a path that comes first.
mkdir -p build/cppcheck/include
[[ ! -f arch/arm/port.h ]] || sed 's/__asm__ goto(/__asm__(/' arch/arm/port.h >build/cppcheck/include/port.h
version=$(cppcheck --version) version=${version##* }
if reads_the_sources "$version"; then
	check cppcheck "${#kernel_sources[@]}" \
		cppcheck --quiet -j2 --error-exitcode=1 --inline-suppr --suppressions-list=tools/cppcheck.suppressions \
		--enable=warning,performance,portability --std=c11 --platform=unix32 --cppcheck-build-dir=build/cppcheck \
		-I. -Ibuild/cppcheck/include -Iarch/arm -Imm/percpu/array -Imm/page/hotcold \
		-DCRUMB_DEBUG=0 -D__arm__ -D__GNUC__=12 "${kernel_sources[@]}"
else
	printf '  LINT    cppcheck %s is older than 2.10, which reads these sources: not compared\n' "$version"
fi

check shellcheck "${#shell_files[@]}" shellcheck "${shell_files[@]}"
check pyflakes3 "${#python_files[@]}" pyflakes3 "${python_files[@]}"
check pycodestyle "${#python_files[@]}" pycodestyle --max-line-length=120 "${python_files[@]}"

exit "$failed"
