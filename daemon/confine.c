#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const int never[] = {
    // other programs
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(personality),
// other processes; LeakSanitizer needs ptrace at the end
#ifndef __SANITIZE_ADDRESS__
    SCMP_SYS(ptrace),
#endif
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise), SCMP_SYS(kill), SCMP_SYS(tkill),
    SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal), SCMP_SYS(kcmp),
    // files
    SCMP_SYS(creat), SCMP_SYS(openat2), SCMP_SYS(open_by_handle_at), SCMP_SYS(truncate), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat),
    SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(mknod),
    SCMP_SYS(mknodat), SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown),
    SCMP_SYS(lchown), SCMP_SYS(fchownat), SCMP_SYS(memfd_create),
    // the kernel beside what a network service needs; io_uring would get around all of this
    SCMP_SYS(io_uring_setup), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl),
    SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount), SCMP_SYS(umount2),
    SCMP_SYS(chroot), SCMP_SYS(pivot_root)};

static int refuse(scmp_filter_ctx filter, int call, struct scmp_arg_cmp when) {
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1, &when);
}

static int refuse_writing(scmp_filter_ctx filter, int call, unsigned flags) { // flags: which argument they are
    const struct scmp_arg_cmp ways[] = {
        SCMP_CMP64(flags, SCMP_CMP_MASKED_EQ, O_ACCMODE, O_WRONLY),
        SCMP_CMP64(flags, SCMP_CMP_MASKED_EQ, O_ACCMODE, O_RDWR),
        SCMP_CMP64(flags, SCMP_CMP_MASKED_EQ, O_ACCMODE, O_ACCMODE),
        SCMP_CMP64(flags, SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT),
        SCMP_CMP64(flags, SCMP_CMP_MASKED_EQ, O_TRUNC, O_TRUNC),
    };
    int rc = 0;
    for (size_t i = 0; i < ARRAY_LEN(ways) && rc == 0; i++)
        rc = refuse(filter, call, ways[i]);
    return rc;
}

// One rule cannot say "none of these three", so the others are named; what is above the last one is all refused.
static int refuse_families(scmp_filter_ctx filter) {
    int rc = refuse(filter, SCMP_SYS(socket), SCMP_CMP32(0, SCMP_CMP_GT, AF_INET6));
    for (unsigned family = 0; family < AF_INET6 && rc == 0; family++)
        if (family != AF_UNIX && family != AF_INET)
            rc = refuse(filter, SCMP_SYS(socket), SCMP_CMP32(0, SCMP_CMP_EQ, family));
    return rc;
}

// Its own threads are signalled by a call that reaches others as well, its own limits set by one that sets theirs, a
// thread lowers its priority by one that lowers theirs, and whom a descriptor belongs to is signalled by the kernel.
static int refuse_signals(scmp_filter_ctx filter) {
    const unsigned owners[] = {F_SETOWN, F_SETOWN_EX}, devices[] = {FIOSETOWN, SIOCSPGRP};
    int rc = refuse(filter, SCMP_SYS(tgkill), SCMP_CMP64(0, SCMP_CMP_NE, (scmp_datum_t)getpid()));
    if (rc == 0)
        rc = refuse(filter, SCMP_SYS(prlimit64), SCMP_CMP64(0, SCMP_CMP_NE, 0));
    if (rc == 0)
        rc = refuse(filter, SCMP_SYS(setpriority), SCMP_CMP32(0, SCMP_CMP_NE, PRIO_PROCESS));
    if (rc == 0)
        rc = refuse(filter, SCMP_SYS(setpriority), SCMP_CMP32(1, SCMP_CMP_NE, 0));
    for (size_t i = 0; i < ARRAY_LEN(owners) && rc == 0; i++)
        rc = refuse(filter, SCMP_SYS(fcntl), SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, UINT32_MAX, owners[i]));
    for (size_t i = 0; i < ARRAY_LEN(devices) && rc == 0; i++)
        rc = refuse(filter, SCMP_SYS(ioctl), SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, UINT32_MAX, devices[i]));
    return rc;
}

int confine_worker(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc = filter ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) : -ENOMEM; // it is asked at every call
    for (size_t i = 0; i < ARRAY_LEN(never) && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), never[i], 0);
    if (rc == 0)
        rc = refuse_writing(filter, SCMP_SYS(open), 1);
    if (rc == 0)
        rc = refuse_writing(filter, SCMP_SYS(openat), 2);
    if (rc == 0)
        rc = refuse_families(filter);
    if (rc == 0)
        rc = refuse_signals(filter);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    if (rc == 0)
        return 0;
    errno = -rc;
    return -1;
}
