package machine

import (
	"fmt"
	"syscall"
)

// disk is how much of the file system of a directory may still be written, and
// of how much: what only root may write counts as neither.
func disk(directory string) (free, size int64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(directory, &s); err != nil {
		return 0, 0, fmt.Errorf("look at the disk of %s: %w", directory, err)
	}
	block := int64(s.Bsize) //nolint:unconvert // another type on macOS
	free = int64(s.Bavail) * block
	return free, int64(s.Blocks-s.Bfree)*block + free, nil
}
