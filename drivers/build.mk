# drivers: UART, interrupts, timers, power.
sources += $(wildcard drivers/*.c)
small += drivers
