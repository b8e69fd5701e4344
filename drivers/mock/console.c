/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Consoles that echo. One thread for all of them, from the first on. */
#include "mock/mock.h"
#include "sys/socket.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define KEEP 4096 /* output that a new reader is shown first */
#define READERS_MAX 64

typedef struct {
    int fd;
    bool readonly;
    bool ousted; /* another writer took its place: what it sends now fails with EPIPE */
} Client;

struct VesselMockConsole {
    GArray *clients; /* of Client */
    GString *kept;
};

/* VesselDriverHost.mock_data */
typedef struct {
    pthread_mutex_t lock; /* of everything below and of all consoles */
    pthread_t thread;
    bool running, stopping;
    int wake;
    GPtrArray *consoles; /* borrowed */
} Consoles;

/* ---- the echo ---- */

static void drop_client(VesselMockConsole *console, guint index)
{
    close(g_array_index(console->clients, Client, index).fd);
    g_array_remove_index(console->clients, index);
}

/* A reader that does not read loses what it has no room for. */
static void say(VesselMockConsole *console, const char *data, size_t length)
{
    g_string_append_len(console->kept, data, (gssize)length);
    if (console->kept->len > KEEP)
        g_string_erase(console->kept, 0, (gssize)(console->kept->len - KEEP));
    for (guint i = 0; i < console->clients->len; i++) {
        Client *client = &g_array_index(console->clients, Client, i);
        if (send(client->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            continue;
    }
}

/* One that was ousted is always at its end; POLLHUP tells when it has gone. */
static bool is_gone(const Client *client)
{
    struct pollfd one = {client->fd, 0, 0};
    return poll(&one, 1, 0) > 0;
}

static void serve(VesselMockConsole *console)
{
    char data[1024];
    for (guint i = console->clients->len; i > 0; i--) {
        Client client = g_array_index(console->clients, Client, i - 1);
        if (client.ousted && !is_gone(&client))
            continue;
        ssize_t n = recv(client.fd, data, sizeof data, MSG_DONTWAIT);
        if (n > 0 && !client.readonly)
            say(console, data, (size_t)n);
        else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            drop_client(console, i - 1);
    }
}

static GArray *watched(Consoles *all)
{
    struct pollfd wake = {all->wake, POLLIN, 0};
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    g_array_append_val(fds, wake);
    for (guint i = 0; i < all->consoles->len; i++) {
        VesselMockConsole *console = all->consoles->pdata[i];
        for (guint k = 0; k < console->clients->len; k++) {
            const Client *client = &g_array_index(console->clients, Client, k);
            struct pollfd one = {client->fd, client->ousted ? 0 : POLLIN, 0};
            g_array_append_val(fds, one);
        }
    }
    return fds;
}

static void *echo(void *data)
{
    Consoles *all = data;
    eventfd_t ignored;
    pthread_mutex_lock(&all->lock);
    while (!all->stopping) {
        g_autoptr(GArray) fds = watched(all);
        pthread_mutex_unlock(&all->lock);
        poll((struct pollfd *)fds->data, fds->len, -1);
        pthread_mutex_lock(&all->lock);
        eventfd_read(all->wake, &ignored);
        for (guint i = 0; i < all->consoles->len; i++)
            serve(all->consoles->pdata[i]);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

/* ---- the host's consoles ---- */

static Consoles *consoles_of(VesselDriverHost *host, VesselError **err)
{
    Consoles *all = __atomic_load_n((Consoles **)&host->mock_data, __ATOMIC_ACQUIRE), *none = NULL;
    if (all)
        return all;
    all = g_new0(Consoles, 1);
    all->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (all->wake < 0) {
        vessel__fail_errno(err, errno, "cannot get a descriptor for consoles");
        g_free(all);
        return NULL;
    }
    pthread_mutex_init(&all->lock, NULL);
    all->consoles = g_ptr_array_new();
    if (__atomic_compare_exchange_n((Consoles **)&host->mock_data, &none, all, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return all;
    close(all->wake); /* another thread was first */
    pthread_mutex_destroy(&all->lock);
    g_ptr_array_unref(all->consoles);
    g_free(all);
    return none;
}

/* With the lock held. */
static int need_thread(Consoles *all, VesselError **err)
{
    sigset_t every, old;
    if (all->running)
        return VESSEL_OK;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &old);
    int error = pthread_create(&all->thread, NULL, echo, all);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    all->running = !error;
    return error ? vessel__fail_errno(err, error, "cannot start a thread") : VESSEL_OK;
}

void vessel__mock_consoles_close(VesselDriverHost *host)
{
    Consoles *all = g_steal_pointer((Consoles **)&host->mock_data);
    if (!all)
        return;
    pthread_mutex_lock(&all->lock);
    all->stopping = true;
    eventfd_write(all->wake, 1);
    pthread_mutex_unlock(&all->lock);
    if (all->running)
        pthread_join(all->thread, NULL);
    close(all->wake);
    pthread_mutex_destroy(&all->lock);
    g_ptr_array_unref(all->consoles);
    g_free(all);
}

void vessel__mock_console_end(VesselDriverHost *host, VesselMockConsole *console)
{
    Consoles *all = consoles_of(host, NULL);
    if (all) {
        pthread_mutex_lock(&all->lock);
        g_ptr_array_remove_fast(all->consoles, console);
        eventfd_write(all->wake, 1);
        pthread_mutex_unlock(&all->lock);
    }
    while (console->clients->len)
        drop_client(console, console->clients->len - 1);
    g_array_unref(console->clients);
    g_string_free(console->kept, TRUE);
    g_free(console);
}

/* ---- open ---- */

static bool has_alias(const VesselDomainDef *def, VesselDeviceKind kind, const char *prefix,
                      const char *device)
{
    const VesselDevice *one;
    for (guint i = 0; (one = vessel__domain_def_device(def, kind, i)); i++) {
        char alias[32];
        const VesselDeviceCommon *common = vessel__device_common(one);
        g_snprintf(alias, sizeof alias, "%s%u", prefix, i);
        if (!device || g_str_equal(device, common && common->alias ? common->alias : alias))
            return true;
    }
    return false;
}

static int check_device(const VesselGuest *guest, const char *device, VesselError **err)
{
    if (guest->def && (has_alias(guest->def, VESSEL_DEVICE_SERIAL, "serial", device) ||
                       has_alias(guest->def, VESSEL_DEVICE_CONSOLE, "console", device)))
        return VESSEL_OK;
    vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "domain \"%s\" has no %s%s%s", guest->name,
                 device ? "console \"" : "serial or console device", device ? device : "",
                 device ? "\"" : "");
    vessel__error_at(err, "/domain/devices/serial", 0, 0);
    return VESSEL_ERROR_NOT_FOUND;
}

static int take_writer(VesselMockConsole *console, bool force, VesselError **err)
{
    for (guint i = console->clients->len; i > 0; i--) {
        Client *client = &g_array_index(console->clients, Client, i - 1);
        if (client->readonly)
            continue;
        if (!force) {
            vessel__fail(err, VESSEL_ERROR_BUSY, "somebody writes on this console");
            vessel__error_hint(err, "watch it read-only, or take the writer's place by force");
            return VESSEL_ERROR_BUSY;
        }
        client->readonly = client->ousted = true;
        shutdown(client->fd, SHUT_RD);
    }
    return VESSEL_OK;
}

/* With the lock held: whoever went away and was not noticed yet counts no more. */
static int add_client(VesselMockConsole *console, unsigned flags, int *fd, VesselError **err)
{
    int fds[2];
    bool readonly = flags & VESSEL_DOMAIN_CONSOLE_READONLY;
    serve(console);
    if (console->clients->len >= READERS_MAX)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "%d readers are on this console already",
                            READERS_MAX);
    int code =
        readonly ? VESSEL_OK : take_writer(console, flags & VESSEL_DOMAIN_CONSOLE_FORCE, err);
    if (!code)
        code = vessel__socket_pair(SOCK_STREAM, fds, err);
    if (code)
        return code;
    Client client = {.fd = fds[1], .readonly = readonly};
    g_array_append_val(console->clients, client);
    *fd = fds[0];
    if (send(client.fd, console->kept->str, console->kept->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        drop_client(console, console->clients->len - 1);
    return VESSEL_OK;
}

static VesselMockConsole *console_of(Consoles *all, VesselMockGuest *mock, const char *name)
{
    pthread_mutex_lock(&mock->lock);
    if (!mock->console) {
        mock->console = g_new0(VesselMockConsole, 1);
        mock->console->clients = g_array_new(FALSE, FALSE, sizeof(Client));
        mock->console->kept = g_string_new(NULL);
        g_string_printf(mock->console->kept, "%s login: ", name);
        g_ptr_array_add(all->consoles, mock->console);
    }
    VesselMockConsole *console = mock->console;
    pthread_mutex_unlock(&mock->lock);
    return console;
}

int vessel__mock_console_open(VesselGuest *guest, const char *device, unsigned flags, int *fd,
                              VesselError **err)
{
    VesselMockGuest *mock = vessel__mock_guest(guest);
    int code = check_device(guest, device, err);
    if (code)
        return code;
    Consoles *all = consoles_of(guest->host, err);
    if (!all || !mock)
        return VESSEL_ERROR_NO_RESOURCE;
    pthread_mutex_lock(&all->lock);
    code = need_thread(all, err);
    if (!code)
        code = add_client(console_of(all, mock, guest->name), flags, fd, err);
    eventfd_write(all->wake, 1);
    pthread_mutex_unlock(&all->lock);
    return code;
}
