package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"throughline/models"
	"throughline/models/store"
	"throughline/views/layout"
	"throughline/web/session"
)

// Who makes accounts by itself, as the audit trail names them.
const (
	firstStart  = "first start"
	demoStarted = "demo"
)

// accounts is what signing in needs, and the demo's accounts when they may be shown.
type accounts struct {
	users  *store.Users
	hasher *session.Hasher
}

func newAccounts(db *store.DB) (*accounts, error) {
	hasher, err := session.NewHasher()
	if err != nil {
		return nil, err
	}
	return &accounts{users: store.NewUsers(db), hasher: hasher}, nil
}

func (a *accounts) add(ctx context.Context, actor string, user models.User, password string) error {
	if err := models.ValidateUser(user.Name, user.Role, password); err != nil {
		return err
	}
	hash, err := a.hasher.Hash(password)
	if err != nil {
		return err
	}
	return a.users.Add(ctx, actor, user, hash)
}

// startAccounts makes sure that somebody can sign in: the first start makes the
// demo's accounts, or one administrator, and says how to use them.
func (p *Program) startAccounts(ctx context.Context) error {
	a, err := newAccounts(p.db)
	if err != nil {
		return err
	}
	p.accounts = a
	if p.cfg.Demo != nil {
		if err := a.refuseOthersData(ctx); err != nil {
			return err
		}
		return p.makeDemoAccounts(ctx)
	}
	n, err := a.users.Count(ctx)
	if err != nil || n > 0 {
		return err
	}
	password := newPassword()
	admin := models.User{Name: "admin", FullName: "Administrator", Role: models.RoleAdmin}
	if err := a.add(ctx, firstStart, admin, password); err != nil {
		return err
	}
	p.hint = fmt.Sprintf("Sign in as admin with the password %s (shown once; `throughline user password admin` sets another).", password)
	return nil
}

// refuseOthersData keeps a demo, whose passwords everybody knows, off the data of a
// tower that serves somebody.
func (a *accounts) refuseOthersData(ctx context.Context) error {
	served, err := a.users.AddedBy(ctx, firstStart)
	if err != nil || !served {
		return err
	}
	demo, err := a.users.AddedBy(ctx, demoStarted)
	if err != nil || demo {
		return err
	}
	return models.Errorf(models.CodePrecondition,
		"This is the data of a tower that serves, and the demo would mix its own with it: give the demo a directory or a database of its own. Nothing was changed.")
}

// makeDemoAccounts makes one account a role, named like it. Accounts that are
// there keep their passwords.
func (p *Program) makeDemoAccounts(ctx context.Context) error {
	password, documented := p.cfg.Demo.Password, false
	if password == "" && loopback(p.cfg.Addr) {
		password, documented = DemoPassword, true
	}
	generated := password == ""
	if generated {
		password = newPassword()
	}
	var opened, kept []models.Role // by the password, and by one of their own
	for _, role := range models.Roles() {
		user := models.User{Name: string(role), FullName: demoName(role), Role: role}
		err := p.accounts.add(ctx, demoStarted, user, password)
		opens := err == nil
		if models.CodeOf(err) == models.CodeConflict {
			opens, err = p.accounts.opens(ctx, user.Name, password)
		}
		switch {
		case err != nil:
			return err
		case opens:
			opened = append(opened, role)
		default:
			kept = append(kept, role)
		}
	}
	if documented {
		p.demoAccounts = demoAccounts(opened, password)
	}
	p.hint = demoHint(opened, kept, password, generated)
	return nil
}

// opens reports whether a password is an account's.
func (a *accounts) opens(ctx context.Context, name, password string) (bool, error) {
	_, hash, err := a.users.FindWithHash(ctx, name)
	if err != nil {
		return false, err
	}
	return a.hasher.Matches(ctx, password, hash)
}

// demoHint says how to sign in: whose password is known, and whose was set before.
func demoHint(opened, kept []models.Role, password string, generated bool) string {
	switch {
	case len(opened) == 0:
		return fmt.Sprintf("Sign in as %s with the password of the first start, or with the one that was set since.", namesOf(kept))
	case generated:
		password += " (shown once)"
	}
	hint := fmt.Sprintf("Sign in as %s; the password of each is %s.", namesOf(opened), password)
	if len(kept) > 0 {
		hint += fmt.Sprintf(" For %s it is the one that was set.", namesOf(kept))
	}
	return hint
}

func namesOf(roles []models.Role) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func demoName(role models.Role) string {
	return map[models.Role]string{
		models.RolePlanner: "Priya Planner", models.RoleProcurement: "Ben Buyer", models.RoleIT: "Ivy Integration",
		models.RoleExecutive: "Erik Executive", models.RoleAdmin: "Ada Administrator",
	}[role]
}

func demoAccounts(roles []models.Role, password string) []layout.Account {
	var shown []layout.Account
	for _, role := range roles {
		shown = append(shown, layout.Account{Name: string(role), Password: password, Role: demoName(role)})
	}
	return shown
}

// newPassword is 16 characters with 80 bits of randomness.
func newPassword() string { return strings.ToLower(rand.Text()[:16]) }

// AddUser makes an account; an empty password is replaced by a new one, which is returned.
func AddUser(ctx context.Context, db *store.DB, user models.User, password string) (string, error) {
	a, err := newAccounts(db)
	if err != nil {
		return "", err
	}
	if password == "" {
		password = newPassword()
	}
	return password, a.add(ctx, commandLine, user, password)
}

// SetPassword replaces an account's password; an empty one is replaced by a
// new one, which is returned. The account's sessions end.
func SetPassword(ctx context.Context, db *store.DB, name, password string) (string, error) {
	a, err := newAccounts(db)
	if err != nil {
		return "", err
	}
	if password == "" {
		password = newPassword()
	}
	if err := models.ValidateUser(name, models.RoleAdmin, password); err != nil {
		return "", err
	}
	hash, err := a.hasher.Hash(password)
	if err != nil {
		return "", err
	}
	return password, a.users.SetPassword(ctx, commandLine, name, hash)
}

const commandLine = "command line"
