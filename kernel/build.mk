# kernel: the services that mm/ stands on, and the desk above it (shell, /proc, tests, benchmarks, replay).
# A port may have what a folder is for in another way (its build.mk: elsewhere).
kernel-folders := $(filter-out $(elsewhere),$(patsubst %/,%,kernel $(wildcard kernel/*/)))
# An allocation can be made to fail in DEBUG builds; in others something says so.
kernel-folders += kernel/inject/$(if $(filter 1,$(DEBUG)),with,without)
# banner.c is each configuration's own, and compiled by the rule that knows its name.
sources += $(filter-out kernel/banner.c,$(foreach d,$(kernel-folders),$(wildcard $d/*.c $d/*.S)))
small += kernel
