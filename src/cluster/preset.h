/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that a cluster has before anybody puts one in: `kubernetes`, what the API server makes by
 * itself (roles and bindings, namespaces, priority classes), and what platforms add.
 *
 * A preset is a row of the table in preset.c.
 */
#ifndef PODGATE_CLUSTER_PRESET_H
#define PODGATE_CLUSTER_PRESET_H

#include "cluster/snapshot.h"

/* Puts the objects of a preset. They are built in the builder's own arena, so a builder that
 * borrows may be given them. False when there is no preset of that name. */
WARN_UNUSED bool preset_put(SnapshotBuilder *b, Str name);

/* What some platforms make for every service account that they see (Rancher: a binding of its own):
 * a snapshot over s that has it for all accounts of s, the accounts `default` that controllers
 * would make included; s itself when there is nothing to add. Takes over the reference to s. Names
 * that are no preset are passed over. */
const Snapshot *preset_complete(const Snapshot *s, StrList presets);

/* All names, in the order of the table. */
StrList preset_names(void);

#endif
