# mm/account: who holds the machine's pages.
sources += $(wildcard mm/account/*.c)
cold += mm/account/%.c
