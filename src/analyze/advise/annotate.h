/* SPDX-License-Identifier: Apache-2.0 */
/* YAML with a comment behind a line. */
#ifndef PODGATE_ANALYZE_ADVISE_ANNOTATE_H
#define PODGATE_ANALYZE_ADVISE_ANNOTATE_H

#include "base/map.h"
#include "doc/value.h"

/* Comments by JSON Pointer ("/spec/volumes/0"). */
typedef struct AdviseComments {
    Map texts; /* of const Str */
} AdviseComments;

void advise_comments_init(AdviseComments *c, Arena *a);
/* path and text must outlive the comments. */
void advise_comment(AdviseComments *c, Str path, Str text);

/* A name as a part of a pointer, with its slash: "/a~1b". */
Str advise_pointer_part(Str name, Arena *a);

/* Block style, members in their order. comments may be NULL. Control characters in comments become
 * blanks. */
void advise_write_yaml(const Value *v, const AdviseComments *comments, Buf *b);
/* "# text" lines: text is broken at its newlines. */
void advise_write_remark(Str text, Buf *b);

#endif
