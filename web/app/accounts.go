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
		return p.makeDemoAccounts(ctx)
	}
	n, err := a.users.Count(ctx)
	if err != nil || n > 0 {
		return err
	}
	password := newPassword()
	admin := models.User{Name: "admin", FullName: "Administrator", Role: models.RoleAdmin}
	if err := a.add(ctx, "first start", admin, password); err != nil {
		return err
	}
	p.hint = fmt.Sprintf("Sign in as admin with the password %s (shown once; `throughline user password admin` sets another).", password)
	return nil
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
	made := 0
	for _, role := range models.Roles() {
		user := models.User{Name: string(role), FullName: demoName(role), Role: role}
		switch err := p.accounts.add(ctx, "demo", user, password); {
		case err == nil:
			made++
		case models.CodeOf(err) != models.CodeConflict:
			return err
		}
	}
	names := "planner, procurement, it, executive or admin"
	switch {
	case documented:
		p.demoPassword = password
		p.hint = fmt.Sprintf("Sign in as %s; the password of each is %s.", names, password)
	case generated && made > 0:
		p.hint = fmt.Sprintf("Sign in as %s; the password of each is %s (shown once).", names, password)
	default:
		p.hint = fmt.Sprintf("Sign in as %s with the password of the first start.", names)
	}
	return nil
}

func demoName(role models.Role) string {
	return map[models.Role]string{
		models.RolePlanner: "Priya Planner", models.RoleProcurement: "Ben Buyer", models.RoleIT: "Ivy Integration",
		models.RoleExecutive: "Erik Executive", models.RoleAdmin: "Ada Administrator",
	}[role]
}

func demoAccounts(password string) []layout.Account {
	var shown []layout.Account
	for _, role := range models.Roles() {
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
