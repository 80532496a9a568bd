/*
 * watch.c - SANITIZE without address: nobody watches, and every byte may be touched
 */
#include "arch/user/process.h"

bool user_may_touch(const void *at __unused)
{
	return true;
}
