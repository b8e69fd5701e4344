/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target without libFuzzer: each file of its corpus, tests/fuzz/corpus/NAME/, whole,
 * cut short and with bytes changed. The changes follow from the file alone, so a failure comes
 * again. Each case is a process: what it needs to say is that it lived.
 *
 * A target that is built with VT_FUZZ_SEEDS has the files of the folders beneath that one as well;
 * the folder's name is in VT_FUZZ_KIND. VT_FUZZ_CHANGES=N makes N changes to each file. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define INPUT_MAX (1024 * 1024)
#define CUTS_MAX 400
#define CHANGES 2000
#define SECONDS 50
/* Of each file where there are hundreds. */
#define SEED_CUTS 4
#define SEED_CHANGES 24
#ifndef VT_FUZZ_SEEDS
#define VT_FUZZ_SEEDS "" /* none */
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
/* A target may know better than to change bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
    __attribute__((weak));

static uint32_t state; /* what the next change follows from */
static long cuts = CUTS_MAX, changes = CHANGES;

/* A copy of just the right size, so that a sanitizer sees a read behind it. */
static void try_input(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
    static const char interesting[] = "<>&\"'{}[],:\\/=#!;\n\t 0-9\xff\x80";
    for (uint32_t count = next_random() % 4 + 1; count > 0 && size > 0; count--) {
        size_t at = next_random() % size;
        uint32_t how = next_random() % 4;
        if (how == 0)
            data[at] ^= (uint8_t)(1u << next_random() % 8);
        else if (how == 1)
            data[at] = (uint8_t)interesting[next_random() % sizeof interesting];
        else if (how == 2)
            data[at] = data[next_random() % size];
        else
            memmove(data + at, data + at / 2, (size - at) / 2);
    }
    return size < max ? size : max;
}

static void try_file(const uint8_t *data, size_t size)
{
    static uint8_t changed[INPUT_MAX];
    size_t step = size / (size_t)cuts + 1;

    state = 2463534242u ^ (uint32_t)size;
    try_input(data, size);
    for (size_t length = 0; length < size; length += step)
        try_input(data, length);
    for (long i = 0; size > 0 && i < changes; i++) {
        memcpy(changed, data, size);
        try_input(changed, LLVMFuzzerCustomMutator
                               ? LLVMFuzzerCustomMutator(changed, size, INPUT_MAX, next_random())
                               : LLVMFuzzerMutate(changed, size, INPUT_MAX));
    }
}

static bool read_file(const char *path, uint8_t *data, size_t *size)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    *size = fread(data, 1, INPUT_MAX, file);
    bool whole = !ferror(file) && fgetc(file) == EOF;
    fclose(file);
    return whole;
}

static bool run_case(const char *folder, const char *name)
{
    static uint8_t data[INPUT_MAX];
    static int number;
    char path[4096];
    size_t size = 0;
    int status = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (!read_file(path, data, &size)) {
            fprintf(stderr, "# cannot read %s (at most %d bytes)\n", path, INPUT_MAX);
            _exit(2);
        }
        if (!getenv("VT_FUZZ_CHANGES"))
            alarm(SECONDS);
        try_file(data, size);
        exit(0); /* with the leak check of a sanitizer */
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const char *slash = strrchr(folder, '/');
    printf("%s %d - %s/%s", good ? "ok" : "not ok", ++number, slash ? slash + 1 : folder, name);
    if (!good && WIFSIGNALED(status))
        printf(": died of signal %d", WTERMSIG(status));
    putchar('\n');
    return good;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Among vectors there are expected answers too. */
static int is_seed(const struct dirent *entry)
{
    const char *suffix = strrchr(entry->d_name, '.');
    return is_input(entry) && suffix &&
           (!strcmp(suffix, ".xml") || !strcmp(suffix, ".json") || !strcmp(suffix, ".json-in"));
}

/* The number of files in @folder. */
static int run_folder(const char *folder, int (*filter)(const struct dirent *), int *failed)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, filter, alphasort);
    for (int i = 0; i < count; i++) {
        *failed += !run_case(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return count > 0 ? count : 0;
}

static int run_seeds(const char *source, int *failed)
{
    char parent[2048], folder[4096];
    struct dirent **kinds = NULL;
    int found = 0;

    snprintf(parent, sizeof parent, "%s/%s", source, VT_FUZZ_SEEDS);
    int count = scandir(parent, &kinds, is_input, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(folder, sizeof folder, "%s/%s", parent, kinds[i]->d_name);
        setenv("VT_FUZZ_KIND", kinds[i]->d_name, 1);
        found += run_folder(folder, is_seed, failed);
        free(kinds[i]);
    }
    free(kinds);
    return found;
}

int main(int argc, char **argv)
{
    char folder[4096];
    const char *source = getenv("VT_SOURCE_DIR"), *slash = strrchr(argv[0], '/');
    const char *wanted = getenv("VT_FUZZ_CHANGES");
    int failed = 0, count = 0;

    source = source ? source : VT_SOURCE_DIR;
    changes = wanted ? strtol(wanted, NULL, 10) : *VT_FUZZ_SEEDS ? SEED_CHANGES : CHANGES;
    cuts = *VT_FUZZ_SEEDS ? SEED_CUTS : CUTS_MAX;
    /* Called with files, it tries each of them alone. */
    for (int i = 1; i < argc; i++, count++)
        failed += !run_case(".", argv[i]);
    if (argc == 1) {
        snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", source,
                 slash ? slash + 1 : argv[0]);
        count = run_folder(folder, is_input, &failed);
        if (count == 0) {
            printf("Bail out! no corpus in %s\n", folder);
            return 1;
        }
        count += *VT_FUZZ_SEEDS ? run_seeds(source, &failed) : 0;
    }
    printf("1..%d\n", count);
    return failed ? 1 : 0;
}
