/* SPDX-License-Identifier: Apache-2.0 */
/* What applying a patch by RFC 6902 (patch.c) and as the API server (patch_server.c) share. */
#ifndef PODGATE_DOC_PATCH_APPLY_H
#define PODGATE_DOC_PATCH_APPLY_H

#include "doc/patch.h"

typedef struct Patching {
    Value root;
    Arena *arena;
    Err *err;
    size_t index; /* of the operation */
    const Value *op;
    bool as_server;
    bool shares; /* the tree is another's: copy the containers that are walked through */
    size_t work;
    size_t depth_bound; /* the tree is not deeper */
} Patching;

/* Where an operation takes place: a member or item of a list or object, which may not be there. */
typedef struct Place {
    Value *in;    /* NULL for the root */
    Str name;     /* the last of the pointer */
    size_t depth; /* of pointer: how many names */
} Place;

typedef struct PatchOp {
    Str name;
    bool (*apply)(Patching *p);
    bool (*apply_as_server)(Patching *p);
} PatchOp;

/* Height of a tree: 0 for a scalar. Counts its values as work. */
size_t patch_measure(Patching *p, const Value *v);
/* Has the patch not done too much work yet? */
bool patch_check_work(const Patching *p);
/* A value of a height comes to a depth; the tree as a whole must not get too deep. */
bool patch_check_depth(Patching *p, size_t depth, size_t height);
/* A copy of v for a depth, measured and checked. */
bool patch_copy_value(Patching *p, const Value *v, size_t depth, Value *out);

bool patch_server_add(Patching *p);
bool patch_server_remove(Patching *p);
bool patch_server_replace(Patching *p);
bool patch_server_move(Patching *p);
bool patch_server_copy(Patching *p);
bool patch_server_test(Patching *p);
/* `Unexpected kind: x` */
bool patch_server_unknown(Patching *p, Str op);

#endif
