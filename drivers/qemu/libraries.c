/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A QEMU that brings its own libraries says in its dynamic section where they are. Read, not run:
 * this is asked before anything is confined. A file that is damaged says nothing. */
#include "qemu/build.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>

#define FOLDERS_MAX 32
#define HEADERS_MAX 256
#define ENTRIES_MAX 4096
#define LIST_MAX 4096

/* Read piece by piece and not mapped: a file that becomes shorter meanwhile must not end the
 * program by SIGBUS. */
static bool read_part(int fd, uint64_t at, void *to, size_t length)
{
    return at <= INT64_MAX && pread(fd, to, length, (off_t)at) == (ssize_t)length;
}

typedef struct {
    int fd;
    ElfW(Phdr) * headers;
    size_t count;
} Elf;

static bool read_headers(Elf *elf)
{
    ElfW(Ehdr) header;
    if (!read_part(elf->fd, 0, &header, sizeof header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
        header.e_phentsize != sizeof(ElfW(Phdr)) || header.e_phnum > HEADERS_MAX)
        return false;
    elf->count = header.e_phnum;
    elf->headers = g_new(ElfW(Phdr), elf->count);
    return read_part(elf->fd, header.e_phoff, elf->headers, elf->count * sizeof *elf->headers);
}

/* The string at that address of the loaded program; NULL when it has no end in sight. */
static char *string_at(const Elf *elf, uint64_t address)
{
    for (size_t i = 0; i < elf->count; i++) {
        const ElfW(Phdr) *load = &elf->headers[i];
        if (load->p_type != PT_LOAD || address < load->p_vaddr ||
            address - load->p_vaddr >= load->p_filesz)
            continue;
        char text[LIST_MAX];
        off_t at = (off_t)(load->p_offset + (address - load->p_vaddr));
        ssize_t got = at < 0 ? -1 : pread(elf->fd, text, sizeof text, at);
        return got > 0 && memchr(text, 0, (size_t)got) ? g_strdup(text) : NULL;
    }
    return NULL;
}

/* DT_RUNPATH, or the older DT_RPATH. */
static char *library_path(const Elf *elf)
{
    uint64_t strings = 0, run_path = 0;
    for (size_t i = 0; i < elf->count; i++) {
        const ElfW(Phdr) *header = &elf->headers[i];
        size_t count = header->p_type == PT_DYNAMIC ? header->p_filesz / sizeof(ElfW(Dyn)) : 0;
        ElfW(Dyn) entry = {.d_tag = 1};
        for (size_t j = 0; j < MIN(count, ENTRIES_MAX) && entry.d_tag != DT_NULL; j++) {
            if (!read_part(elf->fd, header->p_offset + j * sizeof entry, &entry, sizeof entry))
                break;
            if (entry.d_tag == DT_STRTAB)
                strings = entry.d_un.d_ptr;
            else if (entry.d_tag == DT_RUNPATH || (entry.d_tag == DT_RPATH && !run_path))
                run_path = entry.d_un.d_val;
        }
    }
    return strings && run_path ? string_at(elf, strings + run_path) : NULL;
}

static char **folders_in(const char *list, const char *binary)
{
    GPtrArray *folders = g_ptr_array_new();
    g_auto(GStrv) items = g_strsplit(list ? list : "", ":", FOLDERS_MAX);
    g_autofree char *origin = g_path_get_dirname(binary);
    for (guint i = 0; items[i]; i++) {
        g_autoptr(GString) item = g_string_new(items[i]);
        g_string_replace(item, "${ORIGIN}", origin, 0);
        g_string_replace(item, "$ORIGIN", origin, 0);
        g_autofree char *path = *item->str == '/' ? g_canonicalize_filename(item->str, "/") : NULL;
        if (path && path[1])
            g_ptr_array_add(folders, g_steal_pointer(&path));
    }
    g_ptr_array_add(folders, NULL);
    return (char **)g_ptr_array_free(folders, FALSE);
}

char **vessel__qemu_library_folders(const char *binary)
{
    struct stat st;
    vessel_autofd int fd = open(binary, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    Elf elf = {.fd = fd};
    bool readable = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read_headers(&elf);
    g_autofree char *list = readable ? library_path(&elf) : NULL;
    g_free(elf.headers);
    return folders_in(list, binary);
}
