# drivers: the devices of the machine that the port runs on (its build.mk names it): console, interrupts, tick.
sources += $(wildcard drivers/$(board)/*.c)
small += drivers/$(board)
