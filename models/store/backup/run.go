package backup

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// run runs a client program on the database. Its password, which everyone on
// the machine could read among its arguments, goes by the environment.
func run(ctx context.Context, dsn, program string, args ...string) error {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, append([]string{"--no-password", "--dbname=" + withoutSecrets(dsn)}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PGAPPNAME=throughline backup", "PGPASSWORD="+cfg.Password)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) } // it tells the server to stop, too
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, complaint(string(out)))
	}
	return nil
}

// complaint returns the first error that a program printed: what follows it
// quotes statements.
func complaint(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "error:") {
			return strings.TrimSpace(line)
		}
	}
	return "without a word"
}

var passwordPair = regexp.MustCompile(`password\s*=\s*('(\\.|[^'\\])*'|(\\.|[^\s\\])*)`)

// withoutSecrets returns dsn for libpq, without its password and without the
// parameters that only pgx knows, which libpq refuses.
func withoutSecrets(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil || !slices.Contains([]string{"postgres", "postgresql"}, u.Scheme) {
		return passwordPair.ReplaceAllString(dsn, "")
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for name := range query {
		if name == "password" || isOnlyPgx(name) {
			query.Del(name)
		}
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // to libpq a plus sign is one
	return u.String()
}

func isOnlyPgx(parameter string) bool {
	return strings.HasPrefix(parameter, "pool_") || slices.Contains([]string{
		"default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity",
	}, parameter)
}
