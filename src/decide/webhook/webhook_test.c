/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/webhook/webhook.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
int main(void) { return 0; }
