// SPDX-License-Identifier: MIT
/*
 * xen-link: sends a text to a TCP port, then copies standard input to the
 * connection and the connection to standard output. It ends when the other side
 * ends. nc does the same with 1 KiB at a time, which is slow on an emulated
 * host.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage[] = "Usage: xen-link ADDRESS PORT TEXT\n";

static int write_all(int to, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(to, bytes, count);
        if (written <= 0)
            return -1;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

static void copy(int from, int to)
{
    static char bytes[256 * 1024];
    ssize_t count;

    while ((count = read(from, bytes, sizeof bytes)) > 0)
        if (write_all(to, bytes, (size_t)count) != 0)
            return;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    if (argc != 4 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
        fputs(usage, stderr);
        return 2;
    }
    address.sin_port = htons((unsigned short)atoi(argv[2]));
    int link = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(link, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("xen-link");
        return 1;
    }
    if (write_all(link, argv[3], strlen(argv[3])) != 0)
        return 1;
    /* One process for each direction: none waits for the other. */
    pid_t sender = fork();
    if (sender == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(STDOUT_FILENO);
        copy(STDIN_FILENO, link);
        shutdown(link, SHUT_WR);
        return 0;
    }
    close(STDIN_FILENO);
    copy(link, STDOUT_FILENO);
    kill(sender, SIGKILL);
    return 0;
}
