// Command throughline is the operations control tower for distributors.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"throughline/models"
	"throughline/web/app"
)

var version = "dev" // set by the linker

// cli is the command line. What stands on the top holds for every command.
type cli struct {
	Data        string `help:"Directory of the private Postgres and the demo's files; ./.throughline when not given." env:"THROUGHLINE_DATA" default:"./.throughline" type:"path" placeholder:"DIR"`
	DatabaseURL string `help:"A Postgres of your own (15 or newer); without it Throughline runs a private one." env:"DATABASE_URL" placeholder:"URL"`
	LogLevel    string `help:"debug, info, warn or error." env:"THROUGHLINE_LOG" default:"warn" enum:"debug,info,warn,error"`

	PrintVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Demo     demoCommand     `cmd:"" help:"Run the tower with a living demo distributor around it."`
	Serve    serveCommand    `cmd:"" help:"Run the tower."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database's schema up to this version and stop."`
	User     userCommand     `cmd:"" help:"Accounts of people."`
	Key      keyCommand      `cmd:"" help:"API keys of source systems."`
	Owner    ownerCommand    `cmd:"" help:"Which source may change what."`
	Config   configCommand   `cmd:"" help:"What the installation declares of itself: systems, lanes, routes, windows, owner teams."`
	Backup   backupCommand   `cmd:"" help:"Write the whole database to one file; a running tower may go on."`
	Restore  restoreCommand  `cmd:"" help:"Read a backup into an empty database."`
	Simulate simulateCommand `cmd:"" hidden:"" help:"Run the demo distributor's systems (demo does that by itself)."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// gcPercent lets the small heap grow threefold between collections, which
// takes a tenth of the intake's processor time; GOGC overrides it.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	var c cli
	parser := kong.Must(&c,
		kong.Name("throughline"),
		kong.Description("Throughline shows a distributor's operations as they are: every change of the source systems, once, in order, from the ERP to the screen.\n\nStart with `throughline demo`."),
		kong.Vars{"version": version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, Summary: false}),
	)
	args := os.Args[1:]
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		os.Exit(misused(err))
	}
	ctx, stop := signals()
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(os.Stdout, (*io.Writer)(nil))
	err = command.Run(&c)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "throughline: "+sentence(err))
		os.Exit(1)
	}
}

// misused tells whoever called it wrongly what is wrong and where to read on.
func misused(err error) (status int) {
	command := "throughline"
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		command = "throughline " + wrong.Context.Selected().Path()
	}
	fmt.Fprintf(os.Stderr, "throughline: %s\nRun `%s --help` for what it takes.\n", err, command)
	return 2
}

// signals gives a context that ends with the first SIGINT or SIGTERM; the
// second one ends the process at once.
func signals() (context.Context, func()) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// sentence is what a person at the terminal is told: the message, and its cause.
func sentence(err error) string {
	var coded *models.Error
	switch {
	case !errors.As(err, &coded):
		return err.Error()
	case coded.Cause != nil:
		return coded.Message + "\n  " + coded.Cause.Error()
	case strings.Contains(err.Error(), "\n"): // of several errors, each has a line
		return err.Error()
	}
	return coded.Message
}

func (c *cli) config() app.Config {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong admits only what it can read
	return app.Config{
		Data: c.Data, DatabaseURL: c.DatabaseURL, Version: version, Progress: os.Stderr,
		Log: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	}
}
