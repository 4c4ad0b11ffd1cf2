package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Running returns the address of a database of the server that another process
// runs in dir, for commands that work beside it. ok is false when no server
// there accepts connections. Nothing is made or changed.
func Running(dir, database string) (dsn string, ok bool, err error) {
	c := cluster{dir: dir, data: filepath.Join(dir, dataName)}
	if _, err := os.Stat(filepath.Join(c.data, pidFile)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", false, nil
		}
		return "", false, fmt.Errorf("look for the running database: %w", err)
	}
	lines := c.pidFileLines()
	if len(lines) <= statusLine || strings.TrimSpace(lines[statusLine]) != statusAccept {
		return "", false, nil
	}
	sockets := lines[socketLine]                                                                // the directory is the server's alone, so its word is good
	conn, err := net.DialTimeout("unix", filepath.Join(sockets, ".s.PGSQL."+port), time.Second) //nolint:noctx // a second at most
	if err != nil {
		return "", false, nil //nolint:nilerr // killed: the file tells of what was
	}
	return address(sockets, database), true, conn.Close()
}
