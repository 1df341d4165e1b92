/* SPDX-License-Identifier: Apache-2.0 */
/* An explanation for people. */
#ifndef PODGATE_CLI_EXPLAIN_H
#define PODGATE_CLI_EXPLAIN_H

#include "analyze/explain/explain.h"
#include "analyze/explain/tie.h"
#include "cli/cli.h"

typedef struct ExplainText {
    Buf *out;
    bool color;
    bool verbose; /* every policy, every subject */
    Arena *arena;
} ExplainText;

void explain_text_write(const ExplainText *t, const ExplainReport *report);
/* A refusal taken apart, and what of the cluster it has to do with. has_cluster: one was given. */
void explain_tie_write(const ExplainText *t, const Tie *tie, bool has_cluster);
/* May somebody, through what, and what would grant it. */
void explain_access_write(const ExplainText *t, const Access *access);
/* The ways out of a refusal. */
void explain_ways_write(const ExplainText *t, const Remedy *remedy);
/* A user's name, or that there is none. */
Str explain_user_text(const UserInfo *user);
/* Text with line breaks so that no line is longer than 100, each line indented. */
void explain_wrapped(const ExplainText *t, const char *indent, Str text);
/* A message, cut unless all is to be shown. */
Str explain_message(const ExplainText *t, Str message);
void explain_heading(const ExplainText *t, const char *text);

#endif
