/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files, folders and standard input, and taking the objects out of their documents. */
#include "cluster/files.h"

#include "kube/object.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FOLDER_DEPTH_MAX = 64,
    READ_BYTES = 64 * 1024,
    LIST_DEPTH_MAX = 8, /* Lists in Lists */
    THREADS_MAX = 8,
    THREAD_FILES_MIN = 64, /* fewer are read sooner than a thread has started */
};

typedef struct Reader {
    const FilesOptions *options;
    const DocLimits *limits;
    Arena *arena;
    FileObjects objects;
    size_t cap;
    size_t files;
    size_t bytes;
    Str *paths; /* of the files found in a folder, in order */
    size_t path_count;
    size_t path_cap;
} Reader;

/* -- text --------------------------------------------------------------------------------- */

static bool io_error(Str path, Arena *a, Err *err)
{
    return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
}

/* Everything that fd gives, up to bytes_max. */
static bool read_all(int fd, Str path, size_t bytes_max, Arena *a, Str *out, Err *err)
{
    Buf text = buf_new(a);
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        (size_t)st.st_size <= bytes_max) {
        buf_reserve(&text, (size_t)st.st_size + 1); /* the last read finds the end in place */
    }
    for (;;) {
        size_t room = text.cap - text.len;
        if (room == 0) {
            room = READ_BYTES;
        }
        char *at = buf_reserve(&text, room);
        ssize_t got = read(fd, at, room);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return io_error(path, a, err);
        }
        if (got == 0) {
            *out = buf_str(&text);
            return true;
        }
        text.len += (size_t)got;
        if (text.len > bytes_max) {
            return err_set(err, a, ERR_LIMIT, "%.*s: larger than %zu bytes", STR_ARG(path),
                           bytes_max);
        }
    }
}

bool file_read_text(Str path, const DocLimits *limits, Arena *a, Str *out, Err *err)
{
    limits = limits ? limits : &doc_limits_default;
    if (str_eq(path, STR("-"))) {
        return read_all(STDIN_FILENO, path, limits->bytes_max, a, out, err);
    }
    if (memchr(path.ptr, '\0', path.len)) {
        return err_set(err, a, ERR_IO, "%.*s: no such file", STR_ARG(path));
    }
    int fd = open(arena_cstr(a, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return io_error(path, a, err);
    }
    bool ok = read_all(fd, path, limits->bytes_max, a, out, err);
    close(fd);
    return ok;
}

/* -- objects of documents ------------------------------------------------------------------- */

/* Room for so many more. */
static void reserve_objects(Reader *r, size_t more)
{
    if (r->cap - r->objects.count >= more) {
        return;
    }
    size_t cap = r->cap ? r->cap * 2 : 16;
    if (cap - r->objects.count < more) {
        cap = r->objects.count + more;
    }
    FileObject *items = arena_alloc(r->arena, cap * sizeof *items);
    if (r->objects.count > 0) {
        memcpy(items, r->objects.items, r->objects.count * sizeof *items);
    }
    r->objects.items = items;
    r->cap = cap;
}

static FileObject *add_object(Reader *r)
{
    reserve_objects(r, 1);
    return &r->objects.items[r->objects.count++];
}

static Str kind_article(const Value *v)
{
    return value_is_null(v) ? STR("null") : value_kind_name(v);
}

/* "items[2]", "items[2].items[0]": written by hand, as a dump has a hundred thousand of them. */
static Str path_of_item(Str path, uint32_t i, Arena *a)
{
    char digits[10];
    size_t digit_count = 0;
    do {
        digits[digit_count++] = (char)('0' + i % 10);
        i /= 10;
    } while (i);
    Str before = path.len ? STR(".items[") : STR("items[");
    char *out = arena_alloc(a, path.len + before.len + digit_count + 1);
    char *at = out;
    if (path.len) {
        memcpy(at, path.ptr, path.len);
    }
    memcpy(at + path.len, before.ptr, before.len);
    at += path.len + before.len;
    while (digit_count) {
        *at++ = digits[--digit_count];
    }
    *at++ = ']';
    return str_from(out, (size_t)(at - out));
}

/* Adds one object, or the items of a list. path: its place in the document. */
static bool add_value(Reader *r, const Doc *doc, Value *v, Str path, ObjectOrigin origin,
                      unsigned depth, Err *err)
{
    if (v->kind != VALUE_OBJECT) {
        Str place = object_origin_text(&origin, r->arena);
        return err_set(err, r->arena, ERR_TYPE, "%.*s: not an object of the API but %.*s",
                       STR_ARG(place), STR_ARG(kind_article(v)));
    }
    Str item_kind;
    if (!object_is_list(v, &item_kind)) {
        *add_object(r) = (FileObject){ v, doc, path, origin };
        return true;
    }
    if (depth == LIST_DEPTH_MAX) {
        Str place = object_origin_text(&origin, r->arena);
        return err_set(err, r->arena, ERR_LIMIT, "%.*s: more than %d Lists inside each other",
                       STR_ARG(place), LIST_DEPTH_MAX);
    }
    Value *items = value_get_lit(v, "items");
    reserve_objects(r, value_len(items));
    for (uint32_t i = 0; i < value_len(items); i++) {
        Value *item = &items->items[i];
        object_inherit(item, v, item_kind, r->arena);
        Str item_path = path_of_item(path, i, r->arena);
        origin.item = (OptInt64){ true, i };
        if (!add_value(r, doc, item, item_path, origin, depth + 1, err)) {
            return false;
        }
    }
    return true;
}

/* Lines are counted on from the last place asked for. */
typedef struct LineCounter {
    size_t offset;
    size_t line;
} LineCounter;

static size_t line_at(LineCounter *c, Str text, size_t offset)
{
    while (c->offset < offset) {
        const char *from = text.ptr + c->offset;
        const char *end = memchr(from, '\n', offset - c->offset);
        if (end == NULL) {
            break;
        }
        c->offset += (size_t)(end - from) + 1;
        c->line++;
    }
    return c->line;
}

/* Where a document's content starts: after the lines that hold only ---, a comment or nothing. */
static size_t content_offset(const Doc *doc)
{
    size_t at = doc->offset;
    while (doc->is_yaml && at < doc->text.len) {
        Str line, rest;
        (void)str_split_once(str_drop(doc->text, at), '\n', &line, &rest);
        Str trimmed = str_trim(line);
        if (trimmed.len > 0 && !str_eq(trimmed, STR("---")) &&
            !str_starts_with(trimmed, STR("#"))) {
            break;
        }
        at += line.len + 1;
    }
    return at < doc->text.len ? at : doc->offset;
}

static bool read_text(Reader *r, Str name, Str text, Err *err)
{
    DocList *docs = new(r->arena, DocList, 1);
    if (!docs_read(name, text, r->limits, r->arena, docs, err)) {
        return false;
    }
    LineCounter lines = { 0, 1 };
    for (size_t i = 0; i < docs->count; i++) {
        Doc *doc = &docs->items[i];
        ObjectOrigin origin = { .file = name, .line = line_at(&lines, text, content_offset(doc)) };
        if (!add_value(r, doc, &doc->root, STR(""), origin, 0, err)) {
            return false;
        }
    }
    r->files++;
    r->bytes += text.len;
    return true;
}

static bool read_file(Reader *r, Str path, Err *err)
{
    Str text = STR("");
    return file_read_text(path, r->limits, r->arena, &text, err) &&
           read_text(r, arena_str(r->arena, path), text, err);
}

/* -- many files at once ------------------------------------------------------------------------ */

/* One file of many. Its objects lie in the arena of the thread that read it. */
typedef struct FileTask {
    FileObjects objects;
    bool failed;
    Err err;
} FileTask;

typedef struct Batch {
    const Reader *reader; /* for its options, limits and paths */
    FileTask *tasks;      /* beside the paths */
    size_t next;          /* the next file to be taken; atomic, as the following */
    bool failed;          /* take no more */
    size_t files;
    size_t bytes;
} Batch;

typedef struct Worker {
    Batch *batch;
    Arena arena;
    bool reports; /* calls the progress hook: one of them does, the caller's own thread */
    bool runs;    /* in a thread of its own */
    pthread_t thread;
} Worker;

static void read_task(Worker *w, size_t index)
{
    Batch *b = w->batch;
    const Reader *all = b->reader;
    FileTask *task = &b->tasks[index];
    Reader r = { .options = all->options, .limits = all->limits, .arena = &w->arena };
    jmp_buf full;
    if (setjmp(full) != 0) {
        task->failed = true;
        task->err = (Err){ ERR_LIMIT, STR("out of memory") };
    } else {
        arena_on_full(&w->arena, &full);
        task->failed = !read_file(&r, all->paths[index], &task->err);
        task->objects = r.objects;
    }
    arena_on_full(&w->arena, NULL);
    if (task->failed) {
        __atomic_store_n(&b->failed, true, __ATOMIC_RELAXED);
        return;
    }
    size_t files = __atomic_add_fetch(&b->files, 1, __ATOMIC_RELAXED);
    size_t bytes = __atomic_add_fetch(&b->bytes, r.bytes, __ATOMIC_RELAXED);
    if (w->reports && all->options->progress) {
        all->options->progress(all->options->progress_context, all->paths[index], files, bytes);
    }
}

/* Takes one file after the other. They are taken in order, so all before one that fails are read
 * to their end, and the first failure by order is always found. */
static void *work(void *context)
{
    Worker *w = context;
    Batch *b = w->batch;
    while (!__atomic_load_n(&b->failed, __ATOMIC_RELAXED)) {
        size_t index = __atomic_fetch_add(&b->next, 1, __ATOMIC_RELAXED);
        if (index >= b->reader->path_count) {
            break;
        }
        read_task(w, index);
    }
    return NULL;
}

/* Everything that was read becomes the reader's, in the order of the files. */
static bool gather(Reader *r, const Batch *b, Err *err)
{
    size_t count = r->objects.count;
    for (size_t i = 0; i < r->path_count; i++) {
        if (b->tasks[i].failed) {
            *err = b->tasks[i].err;
            return false;
        }
        count += b->tasks[i].objects.count;
    }
    FileObject *items = new(r->arena, FileObject, count);
    count = 0;
    for (size_t i = 0; i < r->path_count; i++) {
        FileObjects objects = b->tasks[i].objects;
        if (objects.count) {
            memcpy(items + count, objects.items, objects.count * sizeof *items);
            count += objects.count;
        }
    }
    r->objects = (FileObjects){ items, count };
    r->files = b->files;
    r->bytes = b->bytes;
    return true;
}

/* Reads the files at r->paths, in as many threads as there are processors and files for them. */
static bool read_paths(Reader *r, Err *err)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = r->path_count / THREAD_FILES_MIN + 1;
    threads = processors > 0 && threads > (size_t)processors ? (size_t)processors : threads;
    threads = threads > THREADS_MAX ? THREADS_MAX : threads;
    Batch batch = { .reader = r, .tasks = new(r->arena, FileTask, r->path_count) };
    Worker workers[THREADS_MAX];
    for (size_t i = 0; i < threads; i++) {
        Worker *w = &workers[i];
        *w = (Worker){ .batch = &batch, .reports = i == 0 };
        arena_init(&w->arena, r->arena->held_max);
        w->runs = i > 0 && pthread_create(&w->thread, NULL, work, w) == 0;
    }
    work(&workers[0]);
    for (size_t i = 1; i < threads; i++) {
        if (workers[i].runs) {
            pthread_join(workers[i].thread, NULL);
        }
    }
    for (size_t i = 0; i < threads; i++) {
        arena_adopt(r->arena, &workers[i].arena);
    }
    return gather(r, &batch, err);
}

/* -- folders -------------------------------------------------------------------------------- */

static bool is_manifest_name(Str name)
{
    static const Str endings[] = { STR_INIT(".yaml"), STR_INIT(".yml"), STR_INIT(".json") };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        if (str_ends_with(name, endings[i])) {
            return true;
        }
    }
    return false;
}

static int name_cmp(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

/* The names in a folder, sorted; those that start with ".." (the folder itself, its parent, and
 * what mounted ConfigMaps keep aside) left out. */
static bool list_folder(Str path, Arena *a, Str **out, size_t *count, Err *err)
{
    DIR *dir = opendir(arena_cstr(a, path));
    if (dir == NULL) {
        return io_error(path, a, err);
    }
    Str *names = NULL;
    size_t n = 0;
    size_t cap = 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        Str name = str_from_c(e->d_name);
        if (str_eq(name, STR(".")) || str_starts_with(name, STR(".."))) {
            continue;
        }
        if (n == cap) {
            cap = cap ? cap * 2 : 32;
            Str *grown = new(a, Str, cap);
            if (n > 0) {
                memcpy(grown, names, n * sizeof *grown);
            }
            names = grown;
        }
        names[n++] = arena_str(a, name);
    }
    closedir(dir);
    if (n > 0) {
        qsort(names, n, sizeof *names, name_cmp);
    }
    *out = names;
    *count = n;
    return true;
}

static void add_path(Reader *r, Str path)
{
    if (r->path_count == r->path_cap) {
        r->path_cap = r->path_cap ? r->path_cap * 2 : 64;
        Str *grown = new(r->arena, Str, r->path_cap);
        if (r->path_count > 0) {
            memcpy(grown, r->paths, r->path_count * sizeof *grown);
        }
        r->paths = grown;
    }
    r->paths[r->path_count++] = path;
}

/* Finds a folder's manifests and those of the folders in it. Links to folders are not followed. */
static bool find_files(Reader *r, Str path, unsigned depth, Err *err)
{
    Str *names = NULL;
    size_t count = 0;
    if (depth == FOLDER_DEPTH_MAX) {
        return err_set(err, r->arena, ERR_LIMIT, "%.*s: more than %d folders deep", STR_ARG(path),
                       FOLDER_DEPTH_MAX);
    }
    if (!list_folder(path, r->arena, &names, &count, err)) {
        return false;
    }
    const char *slash = str_ends_with(path, STR("/")) ? "" : "/";
    for (size_t i = 0; i < count; i++) {
        Str child = arena_printf(r->arena, "%.*s%s%.*s", STR_ARG(path), slash, STR_ARG(names[i]));
        struct stat st;
        if (lstat(arena_cstr(r->arena, child), &st) != 0) {
            return io_error(child, r->arena, err);
        }
        if (S_ISDIR(st.st_mode)) {
            if (!find_files(r, child, depth + 1, err)) {
                return false;
            }
        } else if (is_manifest_name(names[i])) {
            if (S_ISLNK(st.st_mode) && stat(arena_cstr(r->arena, child), &st) == 0 &&
                S_ISDIR(st.st_mode)) {
                continue;
            }
            add_path(r, child);
        }
    }
    return true;
}

static Reader reader_new(const FilesOptions *options, Arena *a)
{
    static const FilesOptions no_options = { 0 };
    options = options ? options : &no_options;
    return (Reader){
        .options = options,
        .limits = options->limits ? options->limits : &doc_limits_default,
        .arena = a,
    };
}

bool files_read_text(Str name, Str text, const FilesOptions *options, Arena *a, FileObjects *out,
                     Err *err)
{
    Reader r = reader_new(options, a);
    if (!read_text(&r, arena_str(a, name), text, err)) {
        return false;
    }
    *out = r.objects;
    return true;
}

static bool is_folder_path(Str path, Arena *a)
{
    struct stat st;
    return !str_eq(path, STR("-")) && stat(arena_cstr(a, path), &st) == 0 && S_ISDIR(st.st_mode);
}

static bool nothing_found(Str path, Arena *a, Err *err)
{
    return err_set(err, a, ERR_NOT_FOUND, "%.*s: no *.yaml, *.yml or *.json in this folder",
                   STR_ARG(path));
}

bool files_list(Str path, Arena *a, StrList *out, Err *err)
{
    Reader r = reader_new(NULL, a);
    if (memchr(path.ptr, '\0', path.len)) {
        return err_set(err, a, ERR_IO, "%.*s: no such file", STR_ARG(path));
    }
    if (!is_folder_path(path, a)) {
        add_path(&r, path);
    } else if (!find_files(&r, path, 0, err)) {
        return false;
    }
    *out = (StrList){ r.paths, r.path_count };
    return r.path_count > 0 || nothing_found(path, a, err);
}

bool files_read(Str path, const FilesOptions *options, Arena *a, FileObjects *out, Err *err)
{
    Reader r = reader_new(options, a);
    bool is_folder = is_folder_path(path, a);
    if (is_folder ? !find_files(&r, path, 0, err) || !read_paths(&r, err)
                  : !read_file(&r, path, err)) {
        return false;
    }
    if (!is_folder && r.options->progress) {
        r.options->progress(r.options->progress_context, path, r.files, r.bytes);
    }
    if (is_folder && r.files == 0) {
        return nothing_found(path, a, err);
    }
    *out = r.objects;
    return true;
}

/* -- into a snapshot -------------------------------------------------------------------------- */

bool files_load(Str path, const FilesOptions *options, SnapshotBuilder *b, Arena *scratch, Err *err)
{
    FileObjects objects = { NULL, 0 };
    if (!files_read(path, options, scratch, &objects, err)) {
        return false;
    }
    for (size_t i = 0; i < objects.count; i++) {
        (void)snapshot_builder_put(b, objects.items[i].object, &objects.items[i].origin);
    }
    return true;
}
