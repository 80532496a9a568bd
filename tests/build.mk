# tests: what of them is linked into the image.  Families add those of what was chosen to `tests`.
sources += $(wildcard tests/bench/*.c tests/traces/*.c)
tests += $(wildcard tests/selftests/*/*.c tests/selftests/arch/$(ARCH)/*.c)
small += $(filter-out tests/selftests/arch tests/selftests/arch/%,$(patsubst %/,%,$(wildcard tests/selftests/*/ tests/selftests/*/*/)))
