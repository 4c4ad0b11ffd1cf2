package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

// What the series does itself as a system that polls, each time a new one with a key
// of its own.
const (
	expiredToken = "expired-token" // goes on from a token after which nothing is kept
	readAnew     = "read-anew"     // that system reads the export and goes on from its token
	keptToken    = "kept-token"    // goes on from a token that is good
)

const (
	polledEntity = "location"
	// withoutData is how long a system with an expired token does nothing about it.
	withoutData = 20 * time.Second
	// restoredBehind is how many changes a tower has lost that was restored from an
	// older backup: more than it has.
	restoredBehind = 1 << 40
)

// consumer is a system that polls.
type consumer struct {
	fault.Entry
	secret string
}

// addConsumer gives a system that is new a key to read with.
func (t *tower) addConsumer(ctx context.Context, name string) (*consumer, error) {
	c := &consumer{Entry: fault.Entry{Name: name, Cause: fault.ByRequest, Target: fmt.Sprintf("analytics-%d", len(t.consumers)+1), StartedAt: time.Now()}}
	c.EndsAt = c.StartedAt
	secret, err := t.Say(ctx, "key", "add", "--source", c.Target, "--scope", "read")
	c.secret = strings.TrimSpace(secret)
	t.consumers = append(t.consumers, c)
	return c, err
}

// poll lets a new system go on from a token: its own, or the one that it would have
// from before the tower was restored from an older backup. What retention takes is
// two days old at least, which no series waits for.
func (t *tower) poll(ctx context.Context, name string) error {
	c, err := t.addConsumer(ctx, name)
	if err != nil {
		return err
	}
	next, err := t.changes(ctx, c, "now", http.StatusOK)
	if err != nil {
		return err
	}
	if name == keptToken {
		_, err = t.changes(ctx, c, next, http.StatusOK)
		return err
	}
	lost, err := lostToken(next)
	if err != nil {
		return err
	}
	c.StartedAt, c.EndsAt = time.Now(), time.Time{}
	_, err = t.changes(ctx, c, lost, http.StatusGone)
	return err
}

// lostToken is a token of a log that went further than the one that a token is of.
func lostToken(token string) (string, error) {
	filter, key := models.ChangeFilter{Entities: []string{polledEntity}}, models.APIKey{}
	places, err := models.DecodeDelta(token, filter, key)
	for i := range places {
		places[i].Pos += restoredBehind
	}
	return models.EncodeDelta(places, filter, key), err
}

// beginAnew lets the system that has waited longest without data read the export
// and go on from its token.
func (t *tower) beginAnew(ctx context.Context) error {
	for _, c := range t.consumers {
		if !c.EndsAt.IsZero() {
			continue
		}
		fresh, err := t.export(ctx, c)
		if err != nil {
			return err
		}
		_, err = t.changes(ctx, c, fresh, http.StatusOK)
		c.EndsAt = time.Now()
		return err
	}
	return nil
}

// changes asks for what came after a token and gives the next token. Another
// status than the one that is wanted is an error.
func (t *tower) changes(ctx context.Context, c *consumer, since string, want int) (next string, err error) {
	body, err := t.read(ctx, c, "changes?entity="+polledEntity+"&since="+since, want)
	if err != nil {
		return "", err
	}
	var page struct{ Next string }
	return page.Next, json.Unmarshal([]byte(body), &page)
}

// export reads the entity to its end and gives the token of the last line.
func (t *tower) export(ctx context.Context, c *consumer) (next string, err error) {
	body, err := t.read(ctx, c, "export/"+polledEntity, http.StatusOK)
	if err != nil {
		return "", err
	}
	var end struct{ Next string }
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		if err := json.Unmarshal(lines.Bytes(), &end); err != nil {
			return "", err
		}
	}
	return end.Next, nil
}

func (t *tower) read(ctx context.Context, c *consumer, path string, want int) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.URL+"/api/v1/"+path, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+c.secret)
	res, err := t.HTTP.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("%s of %s was answered %d, not %d: %.400s", path, c.Target, res.StatusCode, want, body)
	}
	return string(body), err
}
