package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Check is one thing that must work before requests are welcome. Its error is
// a sentence for operators without secrets.
type Check struct {
	Name string
	Run  func(ctx context.Context) (Finding, error)
}

// Finding is what a check has measured, whether it passes or not.
type Finding struct {
	LagSeconds *float64 `json:"lag_seconds,omitempty"` // age of the oldest event that waits; 0 when none does
}

const checkTimeout = 2 * time.Second

// healthz says that the process answers; it asks nobody else, since a
// supervisor that restarts on it must not restart for a database's sake.
func (s *Server) healthz(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok", "version": s.cfg.Version})
}

type checkResult struct {
	Name       string  `json:"name"`
	OK         bool    `json:"ok"`
	Error      string  `json:"error,omitempty"`
	DurationMS float64 `json:"duration_ms"`
	Finding
}

// readyz runs every check: 200 when all pass, else 503 with the sentences of
// those that do not.
func (s *Server) readyz(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), checkTimeout)
	defer cancel()
	status, results := http.StatusOK, make([]checkResult, 0, len(s.cfg.Checks))
	for _, check := range s.cfg.Checks {
		began := time.Now()
		finding, err := check.Run(ctx)
		r := checkResult{Name: check.Name, OK: err == nil, DurationMS: milliseconds(time.Since(began)), Finding: finding}
		if err != nil {
			status, r.Error = http.StatusServiceUnavailable, publicMessage(err)
		}
		results = append(results, r)
	}
	return c.JSON(status, map[string]any{"ready": status == http.StatusOK, "checks": results})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
