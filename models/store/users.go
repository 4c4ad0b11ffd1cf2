package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// Users holds the accounts. It is safe for concurrent use.
type Users struct{ db *DB }

// NewUsers makes the accounts of db.
func NewUsers(db *DB) *Users { return &Users{db} }

type userRow struct {
	Name         string `gorm:"primaryKey"`
	FullName     string
	Role         string
	PasswordHash string
	SessionEpoch int
	CreatedAt    time.Time
	DisabledAt   *time.Time
}

func (userRow) TableName() string { return "users" }

func (r userRow) user() models.User {
	return models.User{
		Name: r.Name, FullName: r.FullName, Role: models.Role(r.Role),
		SessionEpoch: r.SessionEpoch, CreatedAt: r.CreatedAt, Disabled: r.DisabledAt != nil,
	}
}

// Find is an account by its name, CodeNotFound when there is none.
func (u *Users) Find(ctx context.Context, name string) (models.User, error) {
	user, _, err := u.FindWithHash(ctx, name)
	return user, err
}

// FindWithHash is an account and the hash of its password, CodeNotFound when there is none.
func (u *Users) FindWithHash(ctx context.Context, name string) (models.User, string, error) {
	var row userRow
	err := u.db.Gorm.WithContext(ctx).Where("name = ?", name).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.User{}, "", models.Errorf(models.CodeNotFound, "There is no account named %q.", name)
	}
	if err != nil {
		return models.User{}, "", fmt.Errorf("find the account: %w", err)
	}
	return row.user(), row.PasswordHash, nil
}

// Active are the accounts that are not closed, by name.
func (u *Users) Active(ctx context.Context) ([]models.User, error) {
	var rows []userRow
	if err := u.db.Gorm.WithContext(ctx).Where("disabled_at IS NULL").Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the accounts: %w", err)
	}
	users := make([]models.User, len(rows))
	for i, row := range rows {
		users[i] = row.user()
	}
	return users, nil
}

// Count is how many accounts there are.
func (u *Users) Count(ctx context.Context) (int64, error) {
	var n int64
	if err := u.db.Gorm.WithContext(ctx).Model(&userRow{}).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count the accounts: %w", err)
	}
	return n, nil
}

// AddedBy reports whether somebody, as the audit trail names them, has made an account.
func (u *Users) AddedBy(ctx context.Context, actor string) (added bool, err error) {
	err = u.db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit WHERE actor = $1 AND action = 'user.add')`, actor).Scan(&added)
	if err != nil {
		return false, fmt.Errorf("look who made the accounts: %w", err)
	}
	return added, nil
}

// Add makes an account with its audit row; CodeConflict when the name is taken.
func (u *Users) Add(ctx context.Context, actor string, user models.User, hash string) error {
	row := userRow{Name: user.Name, FullName: user.FullName, Role: string(user.Role), PasswordHash: hash}
	err := u.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return auditGorm(tx, models.AuditEntry{
			Actor: actor, Action: "user.add", Subject: "user:" + user.Name,
			After: fmt.Sprintf(`{"role": %q}`, user.Role),
		})
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Errorf(models.CodeConflict, "There is an account named %q already.", user.Name)
	}
	if err != nil {
		return fmt.Errorf("add the account: %w", err)
	}
	return nil
}

// SetPassword replaces the password and ends every session of the account.
func (u *Users) SetPassword(ctx context.Context, actor, name, hash string) error {
	err := u.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		res := tx.Model(&userRow{}).Where("name = ?", name).
			Updates(map[string]any{"password_hash": hash, "session_epoch": gorm.Expr("session_epoch + 1")})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return models.Errorf(models.CodeNotFound, "There is no account named %q.", name)
		}
		return auditGorm(tx, models.AuditEntry{Actor: actor, Action: "user.password", Subject: "user:" + name})
	})
	if err != nil {
		return fmt.Errorf("set the password: %w", err)
	}
	return nil
}
