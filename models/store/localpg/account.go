package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// account is the user that the server runs as. Postgres refuses root.
type account struct {
	name     string
	uid, gid uint32
	switches bool // differs from the user of this process, which is then root
}

// serverAccount returns the caller's own user or, for root, the owner of an
// existing cluster, else postgres, else nobody.
func serverAccount(data string) (account, error) {
	own := uint32(os.Geteuid())
	owner, exists, err := ownerOf(data)
	switch {
	case err != nil:
		return account{}, err
	case own != 0 && exists && owner != own:
		return account{}, fmt.Errorf("%s belongs to the user %s: start as that user or as root", data, userName(owner))
	case own != 0:
		return account{name: userName(own), uid: own, gid: uint32(os.Getegid())}, nil
	case exists && owner != 0:
		return lookup(user.LookupId, strconv.Itoa(int(owner)))
	}
	if a, err := lookup(user.Lookup, "postgres"); err == nil {
		return a, nil
	}
	a, err := lookup(user.Lookup, "nobody")
	if err != nil {
		return account{}, fmt.Errorf("the server refuses to run as root and there is no user for it: add a user named postgres: %w", err)
	}
	return a, nil
}

func lookup(by func(string) (*user.User, error), key string) (account, error) {
	u, err := by(key)
	if err != nil {
		return account{}, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	return account{name: u.Username, uid: uint32(uid), gid: uint32(gid), switches: true}, nil
}

func userName(uid uint32) string {
	id := strconv.Itoa(int(uid))
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

func ownerOf(path string) (uid uint32, exists bool, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return info.Sys().(*syscall.Stat_t).Uid, true, nil //nolint:forcetypeassert // what these systems return
}

// own gives path to the account.
func (a account) own(path string) error {
	if !a.switches {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// canEnter reports whether the account may go through every directory on the
// way to dir, and into it.
func (a account) canEnter(dir string) bool {
	if !a.switches {
		return true
	}
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return false
		}
		st, need := info.Sys().(*syscall.Stat_t), fs.FileMode(0o001) //nolint:forcetypeassert // what these systems return
		if st.Uid == a.uid {
			need = 0o100
		} else if st.Gid == a.gid {
			need = 0o010
		}
		if info.Mode()&need == 0 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}

// command prepares a program to run as the account, in a process group of its
// own, so that Ctrl-C at the terminal reaches the supervisor only, and with
// nothing of our environment, which may point Postgres elsewhere.
func (a account) command(ctx context.Context, dir, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.SysProcAttr = processAttributes()
	if a.switches {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
