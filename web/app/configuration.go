package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/configuration"
	"throughline/sync/route"
	"throughline/sync/service"
	"throughline/sync/watch"
)

// configurationPoll is how soon a running tower takes over a configuration that
// a command has applied.
const configurationPoll = 2 * time.Second

// CheckConfiguration reads a throughline.yaml, says what is wrong with it, and
// prints what may not have been meant.
func CheckConfiguration(path string, out io.Writer) error {
	document, err := readConfiguration(path)
	if err != nil {
		return err
	}
	return printWarnings(out, document)
}

func printWarnings(out io.Writer, document *configuration.Document) error {
	for _, warning := range document.Warnings(time.Now()) {
		if _, err := fmt.Fprintln(out, "Mind: "+warning); err != nil {
			return err
		}
	}
	return nil
}

func readConfiguration(path string) (*configuration.Document, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, models.Errorf(models.CodeNotFound, "There is no file %s.", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return configuration.Parse(text)
}

// ApplyConfiguration brings the installation to a throughline.yaml and prints
// what that changed, or with dry set would change. allow are private networks
// that its routes may lead to.
func ApplyConfiguration(ctx context.Context, db *store.DB, path, actor string, dry bool, allow []netip.Prefix, out io.Writer) error {
	document, err := readConfiguration(path)
	if err != nil {
		return err
	}
	to, err := document.Configuration(os.LookupEnv)
	if err != nil {
		return err
	}
	router, err := route.New(route.Config{Store: store.NewRoutes(db), Allow: allow})
	if err != nil {
		return err
	}
	for _, r := range to.Routes {
		if err := router.Check(r); err != nil {
			return fmt.Errorf("the route %s: %w", r.Name, err)
		}
	}
	if err := haveAccounts(ctx, db, document); err != nil {
		return err
	}
	changes, err := store.NewConfigurations(db).Apply(ctx, to, actor, dry)
	if err != nil {
		return err
	}
	if err := printWarnings(out, document); err != nil {
		return err
	}
	return printChanges(out, changes, dry)
}

// haveAccounts refuses names that nobody signs in with: a call to them would
// reach nobody.
func haveAccounts(ctx context.Context, db *store.DB, document *configuration.Document) error {
	users, err := store.NewUsers(db).Active(ctx)
	if err != nil {
		return err
	}
	for _, name := range document.Windows.Escalations.Names() {
		if !slices.ContainsFunc(users, func(u models.User) bool { return u.Name == name }) {
			return models.Errorf(models.CodePrecondition,
				"%s: %s is called and has no account: `throughline user add %s --role ROLE` makes it, or name somebody who has one.", document.Lines[name], name, name)
		}
	}
	return nil
}

func printChanges(out io.Writer, changes []models.ConfigurationChange, dry bool) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(out, "Everything is as declared: nothing to change.")
		return err
	}
	for _, c := range changes {
		before := c.Before
		if before == "" {
			before = "(new)"
		}
		if _, err := fmt.Fprintf(out, "%s: %s → %s\n", c.Subject, before, c.After); err != nil {
			return err
		}
	}
	if dry {
		_, err := fmt.Fprintln(out, "Nothing was changed: this was a dry run.")
		return err
	}
	return nil
}

// PrintConfiguration prints the configuration in force, below what was applied last
// and the SHA-256 of the rest, which is the same where two installations have the same
// file and the same changes beside it.
func PrintConfiguration(ctx context.Context, db *store.DB, out io.Writer) error {
	applied, systems, routes, err := store.NewConfigurations(db).InForce(ctx)
	if err != nil {
		return err
	}
	document, when := &configuration.Document{}, "No file has been applied."
	if applied.ID != 0 {
		if document, err = configuration.Parse([]byte(applied.Text)); err != nil {
			return fmt.Errorf("read the configuration in force, number %d: %w", applied.ID, err)
		}
		when = fmt.Sprintf("A file was applied last at %s by %s.", applied.AppliedAt.UTC().Format(time.RFC3339), applied.AppliedBy)
	}
	text, err := document.InForce(systems, routes)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "# %s\n# sha256: %x\n%s", when, sha256.Sum256(text), text)
	return err
}

// startConfiguration applies the file that the tower was started with, if any,
// and reads what is in force.
func (p *Program) startConfiguration(ctx context.Context) error {
	if p.cfg.Configuration != "" {
		if err := ApplyConfiguration(ctx, p.db, p.cfg.Configuration, "start", false, p.cfg.AllowPrivate, io.Discard); err != nil {
			return err
		}
	}
	current, err := store.NewConfigurations(p.db).Current(ctx)
	if err != nil {
		return err
	}
	if p.declared, err = p.document(current); err != nil {
		return err
	}
	p.declaredID = current.ID
	p.governing.Store(p.declared)
	return nil
}

// document reads a configuration, empty where none was applied. The demo has
// targets and a throughput of its own, each for as long as nobody declares any.
func (p *Program) document(applied models.AppliedConfiguration) (*configuration.Document, error) {
	document := &configuration.Document{}
	if applied.ID != 0 {
		var err error
		if document, err = configuration.Parse([]byte(applied.Text)); err != nil {
			return nil, fmt.Errorf("read the configuration in force, number %d: %w", applied.ID, err)
		}
	}
	if p.cfg.Demo == nil {
		return document, nil
	}
	if len(document.Windows.Targets) == 0 {
		document.Windows.Targets = p.cfg.Demo.targets()
	}
	if document.Throughput == nil {
		document.Throughput = p.cfg.Demo.throughput()
	}
	return document, nil
}

// windows are the declared ones; a stock figure ages by the demo's clock where
// nobody declared when.
func (p *Program) windows(declared watch.Windows) watch.Windows {
	if declared.BasisAge == 0 {
		declared.BasisAge = p.basisWindow()
	}
	return declared
}

// startRetuning takes over windows and owner teams that are declared while the
// tower runs. Routes and sources are read from the database as they are used.
func (p *Program) startRetuning(ctx context.Context, watcher *watch.Watch) error {
	known := p.declaredID
	stored := store.NewConfigurations(p.db)
	loop, err := service.New(service.Config{Name: "configuration", Poll: configurationPoll, Logger: p.cfg.Log, RunOnce: func(ctx context.Context) (bool, error) {
		current, err := stored.Current(ctx)
		if err != nil || current.ID == known {
			return false, err
		}
		document, err := p.document(current)
		if err == nil {
			err = watcher.Retune(p.windows(document.Windows), document.Teams)
		}
		if err == nil {
			p.governing.Store(document)
			known = current.ID
		}
		return false, err
	}})
	if err != nil {
		return err
	}
	return p.startService(ctx, "configuration", loop)
}
