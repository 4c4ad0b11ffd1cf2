package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"throughline/models"
)

// mostViews is how many views of a list an account may keep.
const mostViews = 50

// Views are an account's own views of a list, and after them those that others
// of its role share.
func (l *Lists) Views(ctx context.Context, list, account string, role models.Role) ([]models.SavedView, error) {
	var views []models.SavedView
	err := l.db.Gorm.WithContext(ctx).Raw(`
		SELECT * FROM saved_views WHERE list = @list AND (owner = @account OR role = @role)
		ORDER BY owner <> @account, name, id LIMIT 200`, binds{"list": list, "account": account, "role": role}).Scan(&views).Error
	if err != nil {
		return nil, fmt.Errorf("read the views of %s: %w", list, err)
	}
	return views, nil
}

// SaveView keeps a new view. CodeConflict says that its owner has one of that
// name, CodeInvalid that it has too many. A view that others see has its audit
// row in the same transaction (invariant 8).
func (l *Lists) SaveView(ctx context.Context, v models.SavedView) error {
	return l.changing(ctx, "save a view", func(tx *gorm.DB) error {
		var n int64
		if err := tx.Table("saved_views").Where("owner = ? AND list = ?", v.Owner, v.List).Count(&n).Error; err != nil {
			return err
		}
		if n >= mostViews {
			return models.Errorf(models.CodeInvalid, "You keep %d views of this list: delete one first.", n)
		}
		row := v
		if err := tx.Table("saved_views").Create(&row).Error; err != nil {
			return err
		}
		return auditView(tx, v.Owner, "view.save", models.SavedView{}, row)
	})
}

// ChangeView gives a view of its owner's another name and other readers.
// CodeNotFound when the owner has none of that id, CodeConflict when it has
// another of that name.
func (l *Lists) ChangeView(ctx context.Context, id int64, owner, name string, role models.Role) error {
	return l.changing(ctx, "change a view", func(tx *gorm.DB) error {
		before, err := lockView(tx, id, owner)
		if err != nil {
			return err
		}
		after, err := before.Named(name)
		if err != nil {
			return err
		}
		after.Role = role
		if err := tx.Table("saved_views").Where("id = ?", id).Updates(map[string]any{"name": after.Name, "role": role}).Error; err != nil {
			return err
		}
		return auditView(tx, owner, "view.change", before, after)
	})
}

// DeleteView takes a view of its owner's away; CodeNotFound when there is none.
func (l *Lists) DeleteView(ctx context.Context, id int64, owner string) error {
	return l.changing(ctx, "delete a view", func(tx *gorm.DB) error {
		before, err := lockView(tx, id, owner)
		if err != nil {
			return err
		}
		if err := tx.Exec(`DELETE FROM saved_views WHERE id = ?`, id).Error; err != nil {
			return err
		}
		return auditView(tx, owner, "view.delete", before, models.SavedView{})
	})
}

func (l *Lists) changing(ctx context.Context, what string, change func(tx *gorm.DB) error) error {
	err := l.db.Gorm.WithContext(ctx).Transaction(change)
	var coded *models.Error
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return models.Errorf(models.CodeConflict, "You have a view of that name here: choose another.")
	case err != nil && !errors.As(err, &coded):
		return fmt.Errorf("%s: %w", what, err)
	}
	return err
}

func lockView(tx *gorm.DB, id int64, owner string) (models.SavedView, error) {
	var v models.SavedView
	err := tx.Table("saved_views").Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? AND owner = ?", id, owner).Take(&v).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return v, models.Errorf(models.CodeNotFound, "You have no view %d.", id)
	}
	return v, err
}

// auditView tells of a change that others see; a view of one's own is nobody else's matter.
func auditView(tx *gorm.DB, actor, action string, before, after models.SavedView) error {
	if before.Role == "" && after.Role == "" {
		return nil
	}
	return auditGorm(tx, models.AuditEntry{
		Actor: actor, Action: action, Subject: "view:" + strconv.FormatInt(max(before.ID, after.ID), 10),
		Before: auditedView(before), After: auditedView(after),
	})
}

func auditedView(v models.SavedView) string {
	if v.ID == 0 {
		return ""
	}
	text, _ := json.Marshal(map[string]string{"list": v.List, "name": v.Name, "query": v.Query, "role": string(v.Role)})
	return string(text) // strings always marshal
}
