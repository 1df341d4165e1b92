/* SPDX-License-Identifier: Apache-2.0 */
/* The podgate program. */
#include <stdio.h>

int main(void)
{
    puts("podgate " PODGATE_VERSION);
    return 0;
}
