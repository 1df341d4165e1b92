/* SPDX-License-Identifier: Apache-2.0 */
/* What a command line asks RBAC about: VERB, and RESOURCE[.GROUP][/NAME] or /url. */
#ifndef PODGATE_CLI_QUESTION_H
#define PODGATE_CLI_QUESTION_H

#include "analyze/rbac/who_can.h"
#include "cli/cli.h"

/* Whether kubectl knows the verb, of a resource or of a URL. */
bool question_verb_is_known(Str verb, bool is_resource);

/* Reads the text of a resource or URL, with the value of --subresource (absent: not given). Without
 * that option, pods/log is the part of pods, and pods/web/log that of one. What is not known is
 * warned about; is_strict makes it an error. verb "" is none: access to all verbs is asked about.
 * False after a message. */
WARN_UNUSED bool question_read(const Cli *cli, RbacCluster *c, Str verb, Str text, Str subresource,
                               bool is_strict, WhoCanQuestion *out);

#endif
