# mm: what joins the families.
sources += $(wildcard mm/*.c)
cold += mm/node.c
