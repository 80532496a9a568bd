# drivers: the devices of the machine that the port runs on: console, interrupts, tick.
board-arm := vexpress
sources += $(wildcard drivers/$(board-$(ARCH))/*.c)
small += drivers/$(board-$(ARCH))
