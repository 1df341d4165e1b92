/* SPDX-License-Identifier: Apache-2.0 */
/* What reading YAML's events (yaml_read.c) and putting values together (yaml_build.c) share. */
#ifndef PODGATE_DOC_YAML_READER_H
#define PODGATE_DOC_YAML_READER_H

#include "base/map.h"
#include "doc/yaml.h"

#include <yaml.h>

/* A key or value whose list or mapping is not finished. */
typedef struct YamlSlot {
    Value value;
    uint32_t line; /* from 0, as libyaml counts */
    uint32_t column;
    bool is_merge; /* the key << */
} YamlSlot;

/* What &name stands for. */
typedef struct YamlAnchor {
    Value value;  /* a scalar as resolved, before JSON is asked */
    size_t nodes; /* values in it, aliases expanded */
    uint32_t height;
    bool is_open; /* its end has not been seen */
} YamlAnchor;

/* A list or mapping whose end has not been seen. */
typedef struct YamlFrame {
    YamlAnchor *anchor; /* or NULL */
    size_t first;       /* slot of the first child */
    size_t nodes_before;
    uint32_t line;
    uint32_t column;
    uint32_t height; /* of the highest child so far */
    bool is_mapping;
    bool has_merge;
} YamlFrame;

typedef struct YamlGo {
    YamlRepeatedKey *first;
    YamlRepeatedKey *last;
} YamlGo;

typedef struct YamlReader {
    Str name;
    Str text;
    const DocLimits *limits;
    Arena *arena;
    Err *err;
    yaml_parser_t parser;
    yaml_event_t event;
    YamlSlot *slots;
    size_t slot_count;
    size_t slot_cap;
    size_t nodes;       /* values so far, aliases expanded */
    size_t alias_nodes; /* those that aliases stand for */
    Map anchors;        /* of this document: name to YamlAnchor */
    uint32_t depth;
    uint32_t depth_max;
    /* documents */
    Doc *docs;
    size_t doc_count;
    size_t doc_cap;
    size_t doc_index;
    size_t doc_offset;
    size_t offset; /* a place in text, as bytes ... */
    size_t chars;  /* ... and as characters */
    YamlGo *go;    /* reading as go-yaml does; or NULL */
    YamlFrame frames[DOC_DEPTH_MAX];
} YamlReader;

/* Places count from 0, as libyaml counts. */
bool yaml_fail_at(YamlReader *r, ErrCode code, uint32_t line, uint32_t column, Str message);

/* A list of count slots; a mapping of count pairs of them, which may hold merge keys. */
Value yaml_build_list(YamlReader *r, const YamlSlot *slots, size_t count);
bool yaml_build_mapping(YamlReader *r, const YamlSlot *slots, size_t count, Value *out);
bool yaml_build_merged(YamlReader *r, const YamlSlot *slots, size_t count, Value *out);

#endif
