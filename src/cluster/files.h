/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cluster state out of files: manifests, folders of them, standard input, and what
 * `kubectl get -o yaml|json` prints.
 */
#ifndef PODGATE_CLUSTER_FILES_H
#define PODGATE_CLUSTER_FILES_H

#include "cluster/snapshot.h"
#include "doc/doc.h"

/* Called now and then while reading takes long, always in the thread that reads. */
typedef void FilesProgress(void *context, Str path, size_t files, size_t bytes);

typedef struct FilesOptions {
    const DocLimits *limits; /* NULL for doc_limits_default */
    FilesProgress *progress; /* or NULL */
    void *progress_context;
} FilesOptions;

/* One object of a file, List items taken apart. */
typedef struct FileObject {
    const Value *object;
    const Doc *doc; /* for positions: doc_position(doc, "items[2].spec") */
    Str path;       /* of the object in its document: "" or "items[2]" */
    ObjectOrigin origin;
} FileObject;

typedef struct FileObjects {
    FileObject *items;
    size_t count;
} FileObjects;

/* Reads all objects of path: a file, a folder (recursively; *.yaml, *.yml and *.json, by name), or
 * "-" for standard input. Everything lives in the arena. Many files
 * of a folder are read in several threads; the result is the same. A file that is unreadable,
 * binary, a device, too large or malformed fails the call with one message that begins with the
 * place. */
WARN_UNUSED bool files_read(Str path, const FilesOptions *options, Arena *a, FileObjects *out,
                            Err *err);

/* The files that path stands for, in order: those of a folder, or path itself. */
WARN_UNUSED bool files_list(Str path, Arena *a, StrList *out, Err *err);

/* The same of a text that is there already, and outlives what is read; name is for messages. */
WARN_UNUSED bool files_read_text(Str name, Str text, const FilesOptions *options, Arena *a,
                                 FileObjects *out, Err *err);

/* Reads path and puts every object into the builder. Objects that the builder leaves out are in
 * its notes; only an unreadable or malformed file fails the call. Documents are read into scratch,
 * which must be the builder's own arena when the builder borrows. */
WARN_UNUSED bool files_load(Str path, const FilesOptions *options, SnapshotBuilder *b,
                            Arena *scratch, Err *err);

/* One whole file or "-" as text, at most limits->bytes_max. */
WARN_UNUSED bool file_read_text(Str path, const DocLimits *limits, Arena *a, Str *out, Err *err);

#endif
