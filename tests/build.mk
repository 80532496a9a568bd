# tests: what of them is linked into the image.  Families add those of what was chosen to `tests`.
sources += $(wildcard tests/bench/*.c tests/traces/*.c)
tests += $(filter-out $(elsewhere),$(wildcard tests/selftests/*/*.c)) $(wildcard tests/selftests/arch/$(ARCH)/*.c tests/selftests/lib/$(libc)/*.c tests/selftests/numbers/$(libc)/*.c)
# What a test that failed has left is known where it is recorded who allocated what.
tests += $(if $(filter 1,$(DEBUG)),$(wildcard tests/selftests/leftover/debug/*.c))
small += $(filter-out tests/selftests/arch tests/selftests/arch/%,$(patsubst %/,%,$(wildcard tests/selftests/*/ tests/selftests/*/*/)))
