# boot: from reset to a description of the machine.
sources += $(wildcard boot/*.c)
small += boot
