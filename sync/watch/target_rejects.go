package watch

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"throughline/models"
	"throughline/models/store"
)

// targetRejects is API-04: a target answers, but does not take some events.
type targetRejects struct {
	conditions interface {
		Refusals(ctx context.Context) ([]store.Refusals, error)
	}
	windows Windows
}

func (targetRejects) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionTargetRejects}
}

func (d targetRejects) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	all, err := d.conditions.Refusals(ctx)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, r := range all {
		signals = append(signals, models.Signal{
			Code: models.ExceptionTargetRejects, Key: "route|" + r.Subscription, Occurrences: r.Events,
			Title: fmt.Sprintf("%s refuses %s", r.Subscription, plural(int64(r.Events), "event")),
			Happened: fmt.Sprintf("%s answers %s. What it refused is set aside until somebody delivers or discards it; what follows went on.",
				r.Subscription, refusalWords(r.Status, r.Answer)),
			Subject: models.ExceptionSubject{Source: r.Subscription, EventSeq: r.First, Item: r.Item, DC: r.DC},
			Risk:    models.Risk{AtLeast: rise(slices.ContainsFunc(r.Types, movesStock)), At: l.After(r.Since, d.windows.Soon)},
		})
	}
	return signals, nil
}

// wordsKept is how much of a target's own words stands in a sentence.
const wordsKept = 200

// refusalWords are a target's answer on one line: its status and its own words.
func refusalWords(status int, answer string) string {
	words := []rune(strings.TrimSuffix(strings.Join(strings.Fields(answer), " "), "."))
	if len(words) > wordsKept {
		words = append(words[:wordsKept], '…')
	}
	if len(words) == 0 {
		words = []rune(http.StatusText(status))
	}
	return fmt.Sprintf("%d: %s", status, string(words))
}
