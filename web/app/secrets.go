package app

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// demoSecrets are what the demo's systems and the tower know each other by.
// They live in a file that only its owner reads, so that systems which are
// still running, or start again, are known again.
type demoSecrets struct {
	ERPToken            string `json:"erp_token"`
	ForecastingSecret   string `json:"forecasting_secret"`
	ReplenishmentSecret string `json:"replenishment_secret"`
}

// loadDemoSecrets reads the file, or makes it.
func loadDemoSecrets(dir string) (demoSecrets, error) {
	var s demoSecrets
	name := filepath.Join(dir, "secrets.json")
	text, err := os.ReadFile(name)
	switch {
	case err == nil:
		if err := json.Unmarshal(text, &s); err != nil {
			return s, fmt.Errorf("read %s: %w", name, err)
		}
		return s, nil
	case !errors.Is(err, fs.ErrNotExist):
		return s, fmt.Errorf("read the demo's secrets: %w", err)
	}
	s = demoSecrets{ERPToken: rand.Text(), ForecastingSecret: newWebhookSecret(), ReplenishmentSecret: newWebhookSecret()}
	text, err = json.Marshal(s)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		return s, fmt.Errorf("keep the demo's secrets: %w", err)
	}
	return s, nil
}

// newWebhookSecret is 32 random bytes as Standard Webhooks writes them.
func newWebhookSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, says its documentation
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}
