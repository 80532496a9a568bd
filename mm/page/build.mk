# mm/page: zones, the page allocator (PAGES), and the pages kept for each CPU in front of it (PCP).
$(eval $(call choice,PAGES,buddy,2.6:buddy))
$(eval $(call choice,PCP,none hotcold,2.6:hotcold))
inline += mm/page/$(PCP)
sources += $(wildcard mm/page/*.c mm/page/$(PCP)/*.c)
tests += $(wildcard tests/selftests/page/$(PCP)/*.c)
cold += mm/page/page_view_%.c $(addprefix mm/page/,memmap.c zones.c handover.c watermark.c large_hash.c stats.c)
unwatched += mm/page/page_debug.c
