package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"throughline/bench/program"
	"throughline/models"
)

const (
	secretVariable = "MEASURED_SECRET"
	catchUpWithin  = 5 * time.Minute
)

// outage is a target of a route that refuses connections.
type outage struct {
	tower  *program.Program
	addr   string
	server *http.Server
	was    time.Duration

	mu   sync.Mutex
	came map[string]bool // ids of the events that it took
}

func (o *outage) name() string  { return "outage" }
func (o *outage) title() string { return "a target that is down" }

func (o *outage) move(ctx context.Context, tower *program.Program) error {
	o.tower, o.came = tower, map[string]bool{}
	if err := o.open(ctx, "127.0.0.1:0"); err != nil {
		return err
	}
	if err := os.Setenv(secretVariable, "whsec_"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32)))); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "throughline-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "throughline.yaml")
	if err := os.WriteFile(path, []byte(declared(o.addr)), 0o600); err != nil {
		return err
	}
	_, err = tower.Say(ctx, "config", "apply", path, "--allow-private", "127.0.0.0/8")
	return err
}

// declared is the configuration with a route to the target.
func declared(addr string) string {
	return fmt.Sprintf(`targets:
  stock: {entity: inventory, freshness: 24h}
routes:
  planning:
    url: http://%s/
    secret_env: %s
    types: [%s]
`, addr, secretVariable, models.TypeBalance)
}

func (o *outage) open(ctx context.Context, addr string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	o.addr = listener.Addr().String()
	o.server = &http.Server{Handler: http.HandlerFunc(o.take), ReadHeaderTimeout: lookEvery}
	go func() { _ = o.server.Serve(listener) }()
	return nil
}

func (o *outage) take(w http.ResponseWriter, r *http.Request) {
	var events []struct{ ID string }
	if err := json.NewDecoder(r.Body).Decode(&events); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	for _, e := range events {
		o.came[e.ID] = true
	}
	o.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (o *outage) be(ctx context.Context) error {
	start := time.Now()
	if err := o.server.Close(); err != nil {
		return err
	}
	<-ctx.Done()
	o.was += time.Since(start)
	return o.open(context.WithoutCancel(ctx), o.addr)
}

// leave waits until the target has each event that took effect.
func (o *outage) leave(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, catchUpWithin)
	defer cancel()
	var sent int
	if err := o.tower.DB.Pool.QueryRow(ctx, `SELECT count(*) FROM events WHERE type = $1`, models.TypeBalance).Scan(&sent); err != nil {
		return "", err
	}
	for {
		o.mu.Lock()
		came := len(o.came)
		o.mu.Unlock()
		if came == sent {
			return fmt.Sprintf("It was down for %s in all; afterwards it had each of the %d events.", o.was.Round(time.Second), sent), nil
		}
		if err := pauseUntil(ctx, time.Now().Add(lookEvery)); err != nil {
			return "", errors.Join(fmt.Errorf("the target has %d of %d events", came, sent), err)
		}
	}
}
