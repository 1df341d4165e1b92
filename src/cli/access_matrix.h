/* SPDX-License-Identifier: Apache-2.0 */
/* Access matrices as tables: with marks, in ASCII, as CSV. */
#ifndef PODGATE_CLI_ACCESS_MATRIX_H
#define PODGATE_CLI_ACCESS_MATRIX_H

#include "analyze/rbac/matrix.h"
#include "cli/cli.h"

typedef enum MatrixForm { MATRIX_ICONS, MATRIX_ASCII, MATRIX_CSV } MatrixForm;

typedef struct MatrixLook {
    MatrixForm form;
    const int *verbs; /* the columns: places */
    size_t verb_count;
    bool has_others; /* a last column with what else is allowed: use, bind, impersonate */
    bool all_parts;  /* subresources without access too */
    bool no_headers;
} MatrixLook;

void matrix_write(Cli *cli, const MatrixLook *look, const Matrix *m);
/* Only rows and cells that differ, as the second has them. False when none does. */
bool matrix_diff_write(Cli *cli, const MatrixLook *look, const Matrix *from, const Matrix *to);
void matrix_for_write(Cli *cli, const MatrixLook *look, const MatrixQuestion *q,
                      MatrixSubjects subjects);

#endif
