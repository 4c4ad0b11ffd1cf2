package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"throughline/models"
	"throughline/sync/simulator"
	"throughline/sync/simulator/fault"
)

// simulatorSettings are what the simulate command reads on its standard input.
// They hold secrets, so they travel neither as arguments nor in the environment.
type simulatorSettings struct {
	DSN                      string           `json:"dsn"`
	TowerURL                 string           `json:"tower_url"`
	Software                 string           `json:"software"` // what the systems name themselves as
	ERP                      simulator.System `json:"erp"`
	Forecasting              simulator.System `json:"forecasting"`
	Replenishment            simulator.System `json:"replenishment"`
	ControlAddr              string           `json:"control_addr"`
	ERPToken                 string           `json:"erp_token"`
	AllowDuplicateReferences bool             `json:"allow_duplicate_references"`
	Day                      time.Duration    `json:"day"`
	Start                    time.Time        `json:"start"`  // business time; zero for the usual
	Faults                   bool             `json:"faults"` // some come by themselves
	Seed                     uint64           `json:"seed"`   // of what faults hit; 0 for chance

	Exchange simulator.Exchange `json:"exchange"`
	Files    string             `json:"files"` // directory of the nightly exchange
}

// simulatorReady is what the simulate command writes when its servers answer.
type simulatorReady struct {
	Addresses simulator.Addresses  `json:"addresses"`
	Clock     models.BusinessClock `json:"clock"`
}

// Simulate runs the demo distributor's systems with the settings that it reads
// from in, says on out when they answer, and ends with ctx or when in ends,
// which it does when the parent dies.
func Simulate(ctx context.Context, in io.Reader, out io.Writer, log *slog.Logger) error {
	var settings simulatorSettings
	dec := json.NewDecoder(in)
	if err := dec.Decode(&settings); err != nil {
		return models.Wrap(models.CodeInvalid, err, "`throughline simulate` is started by `throughline demo`, which gives it its settings on the standard input.")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, in) // returns when the parent is gone
		cancel()
	}()
	var rates fault.Rates
	if settings.Faults {
		rates = fault.DemoRates()
	}
	running, err := simulator.Run(ctx, simulator.Config{
		DSN: settings.DSN, TowerURL: settings.TowerURL,
		ERP: settings.ERP, Forecasting: settings.Forecasting, Replenishment: settings.Replenishment,
		ControlAddr: settings.ControlAddr, ERPToken: settings.ERPToken,
		AllowDuplicateReferences: settings.AllowDuplicateReferences, Day: settings.Day, Start: settings.Start, Faults: rates, Seed: settings.Seed, Logger: log,
		Exchange: settings.Exchange, Files: settings.Files, Software: settings.Software,
	})
	if err != nil {
		return err
	}
	ready, err := json.Marshal(simulatorReady{running.Addresses, running.Clock})
	if err == nil {
		_, err = out.Write(append(ready, '\n'))
	}
	if err != nil {
		cancel()
	}
	return errors.Join(err, running.Wait())
}

// program is the binary that has the simulate command.
func (d *Demo) program() (string, error) {
	if d.Program != "" {
		return d.Program, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find our own binary: %w", err)
	}
	return self, nil
}
