"""Runs as a program of its own between the launcher and the server: prepares the process, then becomes the server.

Arguments: mode, death signal, pid of the launcher, command. Kept free of imports from the project, because it is
started with `python -I -S`, and out of `preexec_fn`, which may deadlock when the launcher has threads.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CLONE_NEWUSER = 0x10000000
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def die_with_launcher(libc: ctypes.CDLL, death_signal: int, launcher: int) -> None:
    libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != launcher:
        sys.exit("the launcher is gone")


def enter_user_namespace(libc: ctypes.CDLL) -> None:
    """Outside we stay root and keep root's files; inside we are `nobody`, which is all that postgres looks at."""
    nobody = pwd.getpwnam("nobody")
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{nobody.pw_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{nobody.pw_gid} {gid} 1")


def become_nobody(libc: ctypes.CDLL) -> None:
    """CAP_DAC_OVERRIDE stays, so that programs and data below root's private folders remain within reach."""
    nobody = pwd.getpwnam("nobody")
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    wanted = 1 << CAP_DAC_OVERRIDE
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)
    if libc.capset(header, effective_permitted_inheritable) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main() -> None:
    mode, death_signal, launcher, *command = sys.argv[1:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if mode == "namespace":
            enter_user_namespace(libc)
        elif mode == "nobody":
            become_nobody(libc)
        # Last: the kernel forgets the death signal when the identity changes.
        die_with_launcher(libc, int(death_signal), int(launcher))
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
