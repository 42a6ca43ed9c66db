/*
 * Loaded before libc (LD_PRELOAD): notes, in the order in which they happen, every write, truncation, sync and removal by one process of the
 * files of one folder. From these notes power-cut.ts builds the disk as it may look after the power went at any moment.
 *
 * DISK_SHIM_LOG    file that the notes are appended to
 * DISK_SHIM_FOLDER files below this folder are noted, but for SQLite's -shm, which is rebuilt after a crash and never synced
 *
 * A note: kind (1 byte: W write, T truncate, S sync, U removal), length of the file's name (1), offset or size (8, little endian), length of the data (8),
 * name, data.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;

#define REAL(name, result, ...) static result (*real)(__VA_ARGS__); if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static void put(const void *bytes, size_t count) {
  REAL(write, ssize_t, int, const void *, size_t);
  const char *at = bytes;
  while (count > 0) {
    ssize_t done = real(log_fd, at, count);
    if (done <= 0) abort(); /* A lost note would make the whole run worthless. */
    at += done;
    count -= (size_t)done;
  }
}

/* The name within the folder, or NULL where the path is none of ours. */
static const char *name_within(const char *path) {
  const char *folder = getenv("DISK_SHIM_FOLDER");
  if (!folder) return NULL;
  size_t start = strlen(folder);
  if (strncmp(path, folder, start) != 0 || path[start] != '/') return NULL;
  size_t size = strlen(path);
  if (size > 4 && strcmp(path + size - 4, "-shm") == 0) return NULL;
  return path + start + 1;
}

static const char *name_of(int fd, char *path) {
  char link[64];
  if (fd < 3) return NULL;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, 511);
  if (length < 0) return NULL;
  path[length] = 0;
  return name_within(path);
}

static void note(char kind, const char *name, int64_t offset, const void *data, int64_t count) {
  unsigned char head[18];
  pthread_mutex_lock(&turn);
  if (log_fd < 0) {
    const char *path = getenv("DISK_SHIM_LOG");
    if (!path) abort();
    log_fd = open(path, O_CREAT | O_APPEND | O_WRONLY, 0600);
    if (log_fd < 0) abort();
  }
  head[0] = (unsigned char)kind;
  head[1] = (unsigned char)strlen(name);
  memcpy(head + 2, &offset, 8);
  memcpy(head + 10, &count, 8);
  put(head, sizeof head);
  put(name, head[1]);
  if (data) put(data, (size_t)count);
  pthread_mutex_unlock(&turn);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) {
  REAL(pwrite64, ssize_t, int, const void *, size_t, off64_t);
  char path[512];
  ssize_t done = real(fd, data, count, offset);
  const char *name = done > 0 ? name_of(fd, path) : NULL;
  if (name) note('W', name, offset, data, done);
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) { return pwrite64(fd, data, count, offset); }

ssize_t write(int fd, const void *data, size_t count) {
  REAL(write, ssize_t, int, const void *, size_t);
  char path[512];
  const char *name = fd == log_fd ? NULL : name_of(fd, path);
  off_t offset = name ? lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t done = real(fd, data, count);
  if (name && done > 0) note('W', name, offset, data, done);
  return done;
}

int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64, int, int, off64_t);
  char path[512];
  int failed = real(fd, size);
  const char *name = failed ? NULL : name_of(fd, path);
  if (name) note('T', name, size, NULL, 0);
  return failed;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
  REAL(fsync, int, int);
  char path[512];
  int failed = real(fd);
  const char *name = failed ? NULL : name_of(fd, path);
  if (name) note('S', name, 0, NULL, 0);
  return failed;
}

int fdatasync(int fd) {
  REAL(fdatasync, int, int);
  char path[512];
  int failed = real(fd);
  const char *name = failed ? NULL : name_of(fd, path);
  if (name) note('S', name, 0, NULL, 0);
  return failed;
}

/* Removals are taken for durable at once: what the folder's own sync would add is not part of this drill. */
int unlink(const char *path) {
  REAL(unlink, int, const char *);
  int failed = real(path);
  const char *name = failed ? NULL : name_within(path);
  if (name) note('U', name, 0, NULL, 0);
  return failed;
}
