package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"

	"throughline/models/store"
	"throughline/web/app"
)

type configCommand struct {
	Check configCheckCommand `cmd:"" help:"Say what is wrong with a throughline.yaml, line by line; no database is needed."`
	Apply configApplyCommand `cmd:"" help:"Bring the installation to a throughline.yaml and print what that changes."`
	Show  configShowCommand  `cmd:"" help:"Print the configuration in force, with defaults, and its SHA-256."`
}

type configCheckCommand struct {
	File string `arg:"" help:"The file." type:"existingfile"`
}

func (c *configCheckCommand) Run(out io.Writer) error {
	if err := app.CheckConfiguration(c.File, out); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "The configuration is right.")
	return err
}

type configApplyCommand struct {
	File         string         `arg:"" help:"The file." type:"existingfile"`
	DryRun       bool           `help:"Only print what would change."`
	AllowPrivate []netip.Prefix `help:"Private networks that routes may lead to." env:"THROUGHLINE_ALLOW_PRIVATE" placeholder:"CIDR"`
}

func (c *configApplyCommand) Run(ctx context.Context, out io.Writer, top *cli) error {
	return app.WithDatabase(ctx, top.config(), func(ctx context.Context, db *store.DB) error {
		return app.ApplyConfiguration(ctx, db, c.File, "command line", c.DryRun, c.AllowPrivate, out)
	})
}

type configShowCommand struct{}

func (configShowCommand) Run(ctx context.Context, out io.Writer, top *cli) error {
	return app.WithTower(ctx, top.config(), func(ctx context.Context, db *store.DB) error {
		return app.PrintConfiguration(ctx, db, out)
	})
}
