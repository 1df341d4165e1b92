/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects out of files that may be larger than memory: each is handed over as it is read, and is
 * gone when the next one comes.
 *
 * What can be taken apart without its document: JSON documents one after the other (JSON lines),
 * the items of a List in JSON (`kubectl get -o json`), YAML documents, and the items of a List in
 * YAML as kubectl prints one. A file that is small is read as files.h reads it, so that places in
 * it can be named.
 */
#ifndef PODGATE_CLUSTER_STREAM_H
#define PODGATE_CLUSTER_STREAM_H

#include "cluster/files.h"

/* Takes one object. stays: it and its document outlive the reading; otherwise it is gone after the
 * call, has no document (object->doc is NULL), and may be changed by who takes it. */
typedef void StreamSink(void *context, const FileObject *object, bool stays);

typedef struct StreamOptions {
    const DocLimits *limits; /* of a document, or of an item of a List; NULL for the default */
    size_t whole_max;        /* files at most so large, and ... */
    size_t whole_total_max;  /* ... all together at most so large, are read whole; 0 for 4 and 16 MB
                              */
    size_t window;           /* bytes read at a time; 0 for 1 MB */
    FilesProgress *progress; /* or NULL */
    void *progress_context;
} StreamOptions;

/* Reads every object of the paths, in order (but items that do not say what they are, when their
 * List says it behind them alone, come after its others): files, folders, or "-" for standard
 * input. What stays lives in a. options may be NULL. A file that cannot be read ends it, with one
 * message that begins with the place. */
WARN_UNUSED bool stream_read(StrList paths, const StreamOptions *options, StreamSink *sink,
                             void *context, Arena *a, Err *err);

/* The same of a text, in pieces of options->window bytes; nothing stays. For tests. */
WARN_UNUSED bool stream_read_text(Str name, Str text, const StreamOptions *options,
                                  StreamSink *sink, void *context, Arena *a, Err *err);

#endif
