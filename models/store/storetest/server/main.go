// Command server is the Postgres that the tests of all packages share. Its
// arguments are the directory that its users meet in, the one of its databases,
// and how long to stay when nobody uses the server. The package storetest builds
// and starts it; it ends by itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"throughline/models/store/localpg"
)

const look = 100 * time.Millisecond // how often it looks for users

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stdout, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 4 {
		return errors.New("usage: server DIRECTORY DATABASES LINGER")
	}
	base := os.Args[1]
	linger, err := time.ParseDuration(os.Args[3])
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	users, err := os.OpenFile(filepath.Join(base, "users"), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer users.Close() // when the server has ended, so that who waits for the lock finds none
	server, err := localpg.Start(ctx, localpg.Config{
		Dir:    os.Args[2],
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Settings: map[string]string{
			"fsync": "off", "full_page_writes": "off", // a crash of the machine may cost the tests' data
			"max_connections": "400", "shared_buffers": "128MB",
			"max_wal_size": "512MB", // it may be memory
		},
	})
	if err != nil {
		return err
	}
	address := filepath.Join(base, "address")
	if err := publish(address, server.DSN("postgres")); err != nil {
		return err
	}
	waitUnused(ctx, users, linger)
	return errors.Join(os.Remove(address), server.Stop(context.Background()))
}

// publish writes the address whole and tells who started us by closing our
// standard output.
func publish(path, address string) error {
	if err := os.WriteFile(path+".new", []byte(address), 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return os.Stdout.Close()
}

// waitUnused returns when nobody has held the users' lock for as long as linger,
// with the lock held exclusively, so that a new user waits for our end.
func waitUnused(ctx context.Context, users *os.File, linger time.Duration) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if syscall.Flock(int(users.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
			last = time.Now()
			continue
		}
		if time.Since(last) > linger {
			return
		}
		_ = syscall.Flock(int(users.Fd()), syscall.LOCK_UN) // an open file can always be unlocked
	}
}
