# mm/percpu: data of which each CPU has its own.  PERCPU: how what is made at run time is laid out.
$(eval $(call choice,PERCPU,array,2.6:array))
inline += mm/percpu/$(PERCPU)
sources += $(wildcard mm/percpu/*.c mm/percpu/$(PERCPU)/*.c)
tests += $(wildcard tests/selftests/percpu/$(PERCPU)/*.c)
