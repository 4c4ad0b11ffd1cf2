package store

import (
	"context"
	"fmt"
	"strings"

	"throughline/models"
)

// OfCauses finds the exceptions that stand for groups of events that did not
// pass, by the causes of the groups. It goes by the key under which the watch
// raises them: what fails in no way that has a kind of its own is raised as poison.
func (s *Exceptions) OfCauses(ctx context.Context, groups []models.EventGroup) (map[string]models.Exception, error) {
	var keys []string
	for _, g := range groups {
		keys = append(keys, g.Code+"|"+g.Cause(), string(models.ExceptionPoison)+"|"+g.Cause())
	}
	var found []struct {
		models.Exception
		DedupeKey string
	}
	if err := s.db.Gorm.WithContext(ctx).Table("exceptions").Where("standing AND dedupe_key IN ?", keys).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("find the exceptions of groups of events: %w", err)
	}
	of := make(map[string]models.Exception, len(found))
	for _, e := range found {
		_, cause, _ := strings.Cut(e.DedupeKey, "|")
		of[cause] = e.Exception
	}
	return of, nil
}
