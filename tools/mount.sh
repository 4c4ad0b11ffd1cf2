#!/usr/bin/env bash
# mount.sh: says when the test of a full disk has to be left out, since it may not mount a small file system.
set -euo pipefail

[[ $(uname) == Linux ]] || exit 0
own=()
(( $(id -u) == 0 )) || own=(--user)
unshare "${own[@]}" --mount true 2>/dev/null ||
  echo 'LEFT OUT: a full disk is not tried. The test needs the right to mount (in a container: --cap-add SYS_ADMIN).' >&2
