/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target without libFuzzer: each file of its corpus, tests/fuzz/corpus/NAME/, whole, cut
 * short and with bytes changed. The changes follow from the file alone, so a failure comes again. Each
 * case is a process: what it needs to say is that it lived. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void change(uint8_t *data, size_t size, uint32_t *state)
{
    static const char interesting[] = "<>&\"'{}[],:\\/=#!;\n\t 0-9\xff\x80";
    for (uint32_t count = next_random(state) % 4 + 1; count > 0; count--) {
        size_t at = next_random(state) % size;
        uint32_t how = next_random(state) % 4;
        if (how == 0)
            data[at] ^= (uint8_t)(1u << next_random(state) % 8);
        else if (how == 1)
            data[at] = (uint8_t)interesting[next_random(state) % sizeof interesting];
        else if (how == 2)
            data[at] = data[next_random(state) % size];
        else
            memmove(data + at, data + at / 2, (size - at) / 2);
    }
}

static void try_file(const uint8_t *data, size_t size)
{
    static uint8_t changed[INPUT_MAX];
    uint32_t state = 2463534242u ^ (uint32_t)size;
    size_t step = size / CUTS_MAX + 1;

    alarm(SECONDS);
    try_input(data, size);
    for (size_t length = 0; length < size; length += step)
        try_input(data, length);
    for (int i = 0; size > 0 && i < CHANGES; i++) {
        memcpy(changed, data, size);
        change(changed, size, &state);
        try_input(changed, size);
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

static bool run_case(const char *folder, const char *name, int number)
{
    static uint8_t data[INPUT_MAX];
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
        try_file(data, size);
        exit(0); /* with the leak check of a sanitizer */
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    printf("%s %d - %s", good ? "ok" : "not ok", number, name);
    if (!good && WIFSIGNALED(status))
        printf(": died of signal %d", WTERMSIG(status));
    putchar('\n');
    return good;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    char folder[4096];
    const char *source = getenv("VT_SOURCE_DIR"), *slash = strrchr(argv[0], '/');
    struct dirent **entries = NULL;
    int failed = 0;

    /* Called with files, it tries each of them alone. */
    for (int i = 1; i < argc; i++)
        failed += !run_case(".", argv[i], i);
    if (argc > 1) {
        printf("1..%d\n", argc - 1);
        return failed ? 1 : 0;
    }
    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", source ? source : VT_SOURCE_DIR,
             slash ? slash + 1 : argv[0]);
    int count = scandir(folder, &entries, is_input, alphasort);
    if (count <= 0) {
        printf("Bail out! no corpus in %s\n", folder);
        return 1;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        failed += !run_case(folder, entries[i]->d_name, i + 1);
        free(entries[i]);
    }
    free(entries);
    return failed ? 1 : 0;
}
