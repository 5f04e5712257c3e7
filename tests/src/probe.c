/* A way in: waits inside a program for a signal, and then tries what the
 * program must not be able to do. What came of it goes to the log; a program
 * that the kernel ended for it says nothing more. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char what[32], path[256];

static long attempt(void) {
    if (!strcmp(what, "open"))
        return syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
    if (!strcmp(what, "write"))
        return syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0600);
    if (!strcmp(what, "socket"))
        return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    if (!strcmp(what, "connect")) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        /* Any descriptor will do: the call itself is what is tried. */
        return syscall(SYS_connect, 2, &to, sizeof to);
    }
    if (!strcmp(what, "exec")) {
        char *const words[] = {path, NULL};
        return syscall(SYS_execve, path, words, NULL);
    }
    if (!strcmp(what, "fork")) {
        long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (pid == 0)
            syscall(SYS_exit_group, 0);
        return pid;
    }
    if (!strcmp(what, "ptrace"))
        return syscall(SYS_ptrace, PTRACE_SEIZE, getppid(), 0, 0);
    if (!strcmp(what, "kill"))
        return syscall(SYS_kill, getppid(), 0);
    /* The page is there since before; a caged program may not run it. */
    if (!strcmp(what, "run"))
        return syscall(SYS_mprotect, (long)attempt & -4096L, 4096, PROT_READ | PROT_EXEC);
    if (!strcmp(what, "map"))
        return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return 0;
}

static void probe(int signal) {
    (void)signal;
    char line[96];
    errno = 0;
    long came = attempt();
    int length = snprintf(line, sizeof line, "PROBE %s %s %d\n", what,
                          came < 0 ? "stopped" : "done", came < 0 ? errno : 0);
    if (write(2, line, (size_t)length) != length)
        abort();
}

__attribute__((constructor)) static void wait_inside(void) {
    const char *asked = getenv("TESTS_PROBE"), *at = getenv("TESTS_PROBE_PATH");
    if (!asked || !at)
        abort();
    snprintf(what, sizeof what, "%s", asked);
    snprintf(path, sizeof path, "%s", at);
    struct sigaction act = {.sa_handler = probe, .sa_flags = SA_RESTART};
    if (sigaction(SIGUSR1, &act, NULL))
        abort();
}
