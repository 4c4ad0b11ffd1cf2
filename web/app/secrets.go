package app

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"throughline/models"
)

const secretsFile = "secrets.json"

// demoSecrets are what the demo's systems and the tower know each other by.
// They live in a file that only its owner reads, so that systems which are
// still running, or start again, are known again.
type demoSecrets struct {
	ERPKey              string `json:"erp_key"` // API keys of the tower
	ForecastingKey      string `json:"forecasting_key"`
	ReplenishmentKey    string `json:"replenishment_key"`
	ERPToken            string `json:"erp_token"` // of the ERP's own API
	ForecastingSecret   string `json:"forecasting_secret"`
	ReplenishmentSecret string `json:"replenishment_secret"`
}

// loadDemoSecrets reads the file; where there is none, it makes what needs no database.
func loadDemoSecrets(dir string) (demoSecrets, error) {
	text, err := os.ReadFile(filepath.Join(dir, secretsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return demoSecrets{ERPToken: rand.Text(), ForecastingSecret: models.NewSigningSecret(), ReplenishmentSecret: models.NewSigningSecret()}, nil
	}
	var s demoSecrets
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read the demo's secrets: %w", err)
	}
	return s, nil
}

// save keeps the secrets for the next start.
func (s demoSecrets) save(dir string) error {
	text, err := json.Marshal(s)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	side := filepath.Join(dir, secretsFile+".new")
	if err == nil {
		err = os.WriteFile(side, text, 0o600)
	}
	if err == nil {
		err = os.Rename(side, filepath.Join(dir, secretsFile))
	}
	if err != nil {
		return fmt.Errorf("keep the demo's secrets: %w", err)
	}
	return nil
}
