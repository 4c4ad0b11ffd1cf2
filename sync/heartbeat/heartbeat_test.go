package heartbeat_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"throughline/models/store/storetest"
	"throughline/sync/heartbeat"
)

// lines is a log that a test reads while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestTheHeartBeatsWhileTheTowerIsWell(t *testing.T) {
	var beats, status atomic.Int64
	status.Store(http.StatusOK)
	watcher := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		beats.Add(1)
		w.WriteHeader(int(status.Load()))
	}))
	defer watcher.Close()
	var ill atomic.Bool
	log := &lines{}
	heart, err := heartbeat.New(heartbeat.Config{
		URL: watcher.URL + "/ping/secret-key", Every: time.Second, Client: watcher.Client(), Logger: slog.New(slog.NewTextHandler(log, nil)),
		Healthy: func(context.Context) error {
			if ill.Load() {
				return errors.New("the books do not balance")
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !heart.Last().IsZero() {
		t.Error("a heart that never beat says that it did")
	}
	if err := heart.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	storetest.Eventually(t, "a beat that arrives", func() bool { return !heart.Last().IsZero() })
	ill.Store(true)
	storetest.Eventually(t, "the log to say why it is silent", func() bool { return strings.Contains(log.String(), "the books do not balance") })
	silent := beats.Load()
	storetest.Eventually(t, "a second look", func() bool { return strings.Count(log.String(), "the books do not balance") > 1 })
	if beats.Load() != silent {
		t.Error("it beats while the tower is not well")
	}
	ill.Store(false)
	storetest.Eventually(t, "it to beat again", func() bool { return beats.Load() > silent })
	status.Store(http.StatusForbidden)
	storetest.Eventually(t, "a refusal in the log", func() bool { return strings.Contains(log.String(), "403") })
	watcher.Close()
	storetest.Eventually(t, "an unreachable watcher in the log", func() bool { return strings.Contains(log.String(), "did not arrive") })
	if strings.Contains(log.String(), "secret-key") {
		t.Errorf("the log tells the address: %s", log)
	}
	if err := heart.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
