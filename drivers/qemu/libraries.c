/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A QEMU that brings its own libraries says in its dynamic section where they are. Read, not run:
 * this is asked before anything is confined. A file that is damaged says nothing. */
#include "qemu/build.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define FOLDERS_MAX 32

typedef struct {
    const char *data;
    size_t size;
    const ElfW(Phdr) *headers;
    size_t count;
} Elf;

/* NULL unless [at, at + length) is in the file. */
static const void *part(const Elf *elf, uint64_t at, uint64_t length)
{
    return at <= elf->size && length <= elf->size - at ? elf->data + at : NULL;
}

static bool read_headers(Elf *elf)
{
    const ElfW(Ehdr) *header = part(elf, 0, sizeof *header);
    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
        header->e_phentsize != sizeof(ElfW(Phdr)) || header->e_phoff % sizeof(ElfW(Addr)) != 0)
        return false;
    elf->count = header->e_phnum;
    elf->headers = part(elf, header->e_phoff, elf->count * sizeof *elf->headers);
    return elf->headers != NULL;
}

/* The string at that address of the loaded program. */
static const char *string_at(const Elf *elf, uint64_t address)
{
    for (size_t i = 0; i < elf->count; i++) {
        const ElfW(Phdr) *load = &elf->headers[i];
        if (load->p_type != PT_LOAD || address < load->p_vaddr ||
            address - load->p_vaddr >= load->p_filesz)
            continue;
        uint64_t at = load->p_offset + (address - load->p_vaddr);
        const char *text = part(elf, at, 1);
        return text && memchr(text, 0, elf->size - at) ? text : NULL;
    }
    return NULL;
}

static const char *library_path(const Elf *elf)
{
    uint64_t strings = 0, run_path = 0;
    for (size_t i = 0; i < elf->count; i++) {
        const ElfW(Phdr) *header = &elf->headers[i];
        const ElfW(Dyn) *entries = header->p_type == PT_DYNAMIC && header->p_offset % 8 == 0
                                       ? part(elf, header->p_offset, header->p_filesz)
                                       : NULL;
        size_t count = entries ? header->p_filesz / sizeof *entries : 0;
        for (size_t j = 0; j < count && entries[j].d_tag != DT_NULL; j++) {
            if (entries[j].d_tag == DT_STRTAB)
                strings = entries[j].d_un.d_ptr;
            else if (entries[j].d_tag == DT_RUNPATH || (entries[j].d_tag == DT_RPATH && !run_path))
                run_path = entries[j].d_un.d_val;
        }
    }
    return strings && run_path ? string_at(elf, strings + run_path) : NULL;
}

static char **folders_of(const Elf *elf, const char *binary)
{
    GPtrArray *folders = g_ptr_array_new();
    const char *list = library_path(elf);
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
    Elf elf = {0};
    vessel_autofd int fd = open(binary, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
        return g_new0(char *, 1);
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return g_new0(char *, 1);
    elf.data = data;
    elf.size = (size_t)st.st_size;
    if (!read_headers(&elf))
        elf.count = 0;
    char **folders = folders_of(&elf, binary);
    munmap(data, (size_t)st.st_size);
    return folders;
}
