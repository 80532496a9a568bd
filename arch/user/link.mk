# arch/user/link.mk: the program, linked with the host's C library at addresses that do not move.
ELF := $(O)/crumb.host
images := $(ELF)
link-script := arch/user/host.ld

LDFLAGS := $(archflags) -no-pie -Wl,--gc-sections -Wl,--build-id=sha1 $(ending)
LIBS = $(fuzz-libs)
